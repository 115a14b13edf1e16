"""Warnings about the data. Each names the column and the remedy, and their number is limited."""

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from automl_api.resources.plan import DataWarning
from automl_model.encoding.profile import MOST_CHARACTERS
from automl_model.encoding.texts import Texts
from automl_model.tables.encodings import Encoding, as_text
from automl_runner.prepared import DataNote

MOST_WARNINGS = 100
_MOST_OF_A_KIND = 10
_IMPORTANCE = (
    "Leak", "MissingTarget", "TestRows", "RareClass", "Imbalance", "FewRows", "MixedTypes", "Infinite", "Repaired", "DuplicateRows",
    "Identifier", "DuplicateColumn", "Constant",
)  # fmt: skip
assert set(_IMPORTANCE) == set(get_args(DataWarning.model_fields["code"].annotation))


def note(code: str, message: str, column: str = "", cell: str = "") -> DataNote:
    """A warning, with its message cut to a plan's limit. `cell` is a value of the data, which no plan holds."""
    return DataNote.model_validate(
        {"code": code, "column": column[:256], "message": message[:1024], "cell": cell[:MOST_CHARACTERS]}
    )


def short(name: str) -> str:
    """A column's name in quotes, cut where it is long."""
    return f'"{name}"' if len(name) <= 80 else f'"{name[:77]}..."'


def leave_out(name: str) -> str:
    """The remedy for a column that no model should learn from."""
    return f"leave it out with --ignore {shlex.quote(name[:80])}"


def assumed(encoding: Encoding, name: str) -> list[DataNote]:
    """The note on an encoding that was not certain."""
    message = as_text(encoding, name, example=False)
    return [note("Repaired", message, cell=encoding.example)] if message else []


def written_differently(name: str) -> DataNote:
    """The note on numbers that no single notation reads."""
    message = (
        f"{short(name)} holds numbers that are written in different ways, as 1,5 beside 1.5, and is read as"
        f" categories; write them alike, or {leave_out(name)}"
    )
    return note("MixedTypes", message, name)


def odd_cells(name: str, texts: Texts, odd: NDArray[np.bool_]) -> tuple[DataNote, ...]:
    """The note on cells that are read as missing because they are not of their column's kind."""
    if not odd.any():
        return ()
    rows, every = int(texts.counts[odd].sum()), len(texts.indices)
    message = f"{rows:,} of {every:,} cells of {short(name)} are unlike the others, and are read as missing"
    return (note("Repaired", message, name, texts.first(odd)),)


def bounded(warnings: Sequence[DataNote]) -> tuple[DataNote, ...]:
    """The warnings without repetition, gravest first. Each kind keeps its first ten; one note counts the rest."""
    warnings = list(dict.fromkeys(warnings))
    counts = Counter[str](warning.code for warning in warnings)
    kept: list[DataNote] = []
    for code in _IMPORTANCE:
        same = [warning for warning in warnings if warning.code == code]
        kept += same[:_MOST_OF_A_KIND]
        if (more := counts[code] - _MOST_OF_A_KIND) > 0:
            names = ", ".join(short(warning.column) for warning in same[_MOST_OF_A_KIND:][:5] if warning.column)
            kept.append(note(code, f"and the same for {more} more{': ' + names if names else ''}"))
    return tuple(kept[:MOST_WARNINGS])
