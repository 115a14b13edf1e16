"""Keep measurements as JSON: one file a benchmark, with the machine that it was measured on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from figures import Claim, Found, Table

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Measured:
    """A benchmark's findings and their origin."""

    name: str
    quick: bool
    """True for a run that is smaller than the requirement, to see that the benchmark works."""
    seconds: float
    """The duration of the benchmark."""
    machine: Mapping[str, Any]
    found: Found


def write(measured: Measured, folder: Path = FOLDER) -> Path:
    """Write the file of a measurement, in place of an older one; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{measured.name}.json"
    fields = asdict(measured)
    fields |= fields.pop("found")
    # One line for each field, so that thousands of raw figures stay on one line.
    body = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items())
    path.write_text(f"{{\n{body}\n}}\n", encoding="utf-8")
    return path


def read(path: Path) -> Measured:
    """Read a file that `write` has written."""
    data = json.loads(path.read_text(encoding="utf-8"))
    found = Found(
        claims=tuple(Claim(**claim) for claim in data.pop("claims")),
        tables=tuple(Table(**table) for table in data.pop("tables")),
        notes=tuple(data.pop("notes")),
        raw=data.pop("raw"),
    )
    return Measured(**data, found=found)
