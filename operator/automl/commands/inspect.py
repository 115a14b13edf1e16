"""`automl inspect`: show how each column of a table, or of a model's training data, is read, and why."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automl.errors import RunFailed, UserError
from automl.formatting import counted
from automl.place import MANIFEST, bundle_in
from automl.spec_builder import RunOptions, check_data, experiment_from_options

INSPECTION = (sys.executable, "-P", "-m", "automl_runner.inspection")
_HEADS = ("column", "read as", "why", "examples", "missing", "odd cells")
_WIDEST = (32, 11, 48, 48, 9, 40)
_NARROW = 12
_USUAL_WIDTH = 160


def inspect_command(subject: str, options: RunOptions, *, as_json: bool) -> None:
    """Print how the columns of a data file, a run or a model are read. Raises AutoMLError."""
    found = _of_folder(Path(subject)) if _is_folder(subject) else _of_data(options)
    print(json.dumps(found) if as_json else table_text(found, _width()))


def table_text(found: dict[str, Any], width: int) -> str:
    """An inspection as text: a line for each column, cut to a width, and the warnings about the data."""
    lines = [_HEADS, *(_cells(profile) for profile in found["columns"])]
    widths = _widths(lines, width)
    rows = ["  ".join(_cut(cell, size).ljust(size) for cell, size in zip(line, widths, strict=True)) for line in lines]
    rows = [row.rstrip() for row in rows]
    about = [counted(found["rows"], "row")] if found.get("rows") else []
    about += [f"read as {found['encoding']}"] if found.get("encoding") else []
    made = [f"{_printable(feature['name'])} ({feature['worth']:.1%})" for feature in found.get("generated", ())]
    below = [", ".join(about)] if about else []
    below += [f"generated features, by their worth: {', '.join(made)}"] if made else []
    return "\n".join([*rows, "", *below, *map(_printable, found["warnings"])]).rstrip()


def _of_data(options: RunOptions) -> dict[str, Any]:
    """Inspect a file with the program that would prepare it. Raises UserError and RunFailed."""
    from automl.extras import need

    need("local")
    spec = experiment_from_options(options, 1).spec
    check_data(spec)
    done = subprocess.run(INSPECTION, input=spec.to_json().encode(), capture_output=True, check=False)
    if done.returncode == 2:
        raise UserError(done.stderr.decode(errors="replace").strip())
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RunFailed(
            f"the inspection ended with exit code {done.returncode}: {' '.join(last)}; this is a bug of ours"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _is_folder(subject: str) -> bool:
    return Path(subject).is_dir()


def _of_folder(folder: Path) -> dict[str, Any]:
    """Inspect a model, or a run that has prepared its data. Raises UserError."""
    try:
        if not (folder / MANIFEST).is_file() and (prepared := _prepared(folder)) is not None:
            info = _read(prepared)
            return _answer(info, info, [_whole(warning) for warning in info["warnings"]], info["profiles"])
        bundle = bundle_in(folder)
        signature, ensemble = _read(bundle / "signature.json"), _read(bundle / "ensemble.json")
        answer = _answer(signature, ensemble, ensemble["warnings"], _read(bundle / "profile.json"))
        made = list(map(_generated, ensemble.get("generated", ())))
        return answer | ({"generated": made} if made else {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"the files in {folder} cannot be read ({error}); they may have been changed") from error


def _prepared(folder: Path) -> Path | None:
    """The newest prepared data of a run; None where there is none."""
    found = sorted(folder.glob("store/prepared/*/prepared.json"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _answer(question: dict[str, Any], counted_in: dict[str, Any], warnings: list[str], profiles: Any) -> dict[str, Any]:
    return {
        "target": str(question["target"]),
        "encoding": str(question.get("encoding", "")),
        "rows": int(counted_in.get("rows", 0)),
        "columns": [_profile(profile) for profile in profiles],
        "warnings": list(map(str, warnings)),
    }


def _profile(stored: dict[str, Any]) -> dict[str, Any]:
    """A column's profile from a model's file. Raises KeyError, TypeError, AttributeError or ValueError."""
    texts = {key: str(stored[key]) for key in ("name", "kind", "reason")}
    cells = {key: list(map(str, stored.get(key, ()))) for key in ("examples", "odd")}
    return {**texts, **cells, "missing": int(stored.get("missing", 0)), "oddCount": int(stored.get("oddCount", 0))}


def _generated(stored: dict[str, Any]) -> dict[str, Any]:
    """A generated feature from a model's file. Raises KeyError, TypeError or ValueError."""
    return {"name": str(stored["name"]), "worth": float(stored["worth"])}


def _whole(warning: dict[str, Any]) -> str:
    cell = warning.get("cell")
    return f'{warning["message"]}; for example "{cell}"' if cell else str(warning["message"])


def _cells(profile: dict[str, Any]) -> tuple[str, ...]:
    odd, odd_count = profile.get("odd", ()), profile.get("oddCount", 0)
    return (
        _printable(profile["name"]),
        str(profile["kind"]),
        _printable(profile["reason"]),
        _printable(", ".join(profile.get("examples", ()))),
        f"{profile.get('missing', 0):,}",
        _printable(f"{odd_count:,}: {', '.join(odd)}") if odd_count else "",
    )


def _printable(text: str) -> str:
    """The text with control characters and line breaks escaped."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _widths(lines: Sequence[Sequence[str]], width: int) -> list[int]:
    """The widths of the columns: the cells' widths within bounds; the widest columns shrink until all of them fit."""
    widths = [min(most, max(len(line[place]) for line in lines)) for place, most in enumerate(_WIDEST)]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROW:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 3]}..."


def _width() -> int:
    return shutil.get_terminal_size((_USUAL_WIDTH, 0)).columns if sys.stdout.isatty() else _USUAL_WIDTH
