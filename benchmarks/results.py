"""What was measured, kept as JSON: one file a benchmark, with the machine that it was measured on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from figures import Claim, Found, Table

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Measured:
    """A benchmark's findings and where they come from."""

    name: str
    quick: bool
    """Measured with less than the requirement asks for, to see that it works."""
    seconds: float
    """That the benchmark took."""
    machine: Mapping[str, Any]
    found: Found


def write(measured: Measured, folder: Path = FOLDER) -> Path:
    """Keep it, in place of what was there; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{measured.name}.json"
    path.write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Measured:
    """What `write` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    found = data.pop("found")
    found["claims"] = tuple(Claim(**claim) for claim in found["claims"])
    found["tables"] = tuple(Table(**table) for table in found["tables"])
    return Measured(**data, found=Found(**found))
