"""`automl leaderboard`: the trials of a run or of a model, best first."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automl.errors import UserError
from automl.formatting import score_text
from automl.place import bundle_in

COLUMNS = ("trial", "learner", "view", "score", "folds")


def leaderboard_command(folder: Path, *, as_json: bool) -> None:
    """Print the leaderboard of a run's folder or a bundle. Raises UserError."""
    print(_text(folder, as_json=as_json))


def _text(folder: Path, *, as_json: bool) -> str:
    """The leaderboard of a run's folder or a bundle, as a table or as JSON. Raises UserError."""
    from automl_operator.local.run_leaderboard import is_run

    metric, rows = _of_run(folder) if is_run(folder) else _of_bundle(folder)
    if as_json:
        return json.dumps({"metric": metric, "leaderboard": rows})
    if not rows:
        return "nothing has been finished yet"
    return _table(metric, rows)


def _of_run(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    from automl_operator.local.errors import RunRefused
    from automl_operator.local.run_leaderboard import run_leaderboard

    try:
        metric, entries = run_leaderboard(folder)
    except RunRefused as error:
        raise UserError(str(error)) from error
    return metric, [entry.to_dict() for entry in entries]


def _of_bundle(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    bundle = bundle_in(folder)
    try:
        rows = json.loads((bundle / "leaderboard.json").read_text(encoding="utf-8"))
        metric = json.loads((bundle / "ensemble.json").read_text(encoding="utf-8"))["score"]["metric"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"the model in {bundle} cannot be read ({error}); its files may have been changed") from error
    return metric, rows


def _table(metric: str, rows: Sequence[dict[str, Any]]) -> str:
    cells = [[name if name != "score" else metric for name in COLUMNS]]
    cells += [[_cell(row.get(name, "")) for name in COLUMNS] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    return score_text(value) if isinstance(value, float) else str(value)
