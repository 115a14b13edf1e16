"""Times that order the rows keep their order, whatever their size and type."""

from pathlib import Path
from typing import Any

import pytest

from automl_model.encoding.column import column_of
from automl_runner.failures import WorkFailed
from automl_runner.prepare.row_times import read_row_times
from builders.reading import stored

GREAT = 1_700_000_000_000_000_000
ORDERED: dict[str, tuple[list[Any], str]] = {
    "whole numbers": ([GREAT + n for n in range(5)], ""),
    "beyond 64 bits with a sign": ([2**63 + n for n in range(5)], ""),
    "few large ones": ([1, 2, GREAT, GREAT + 1, GREAT + 2], ""),
    "small ones": ([1, 2.5, 3, 4, 5], ""),
}


@pytest.mark.parametrize("source", ["csv", "frame"])
@pytest.mark.parametrize(("cells", "words"), ORDERED.values(), ids=ORDERED)
def test_times_keep_their_order(cells: list[Any], words: str, source: str, tmp_path: Path) -> None:
    found, notes = read_row_times(column_of(stored(cells, source, tmp_path).column("x")), "x", "rows")
    assert sorted(set(found)) == found.tolist()
    assert len(set(found)) == len(cells)
    assert [note.message for note in notes] == ([words] if words else [])


def test_times_that_are_equal_in_float64_have_a_note(tmp_path: Path) -> None:
    cells = [f"{GREAT}.5", f"{GREAT}.75", "1", "2"]
    found, notes = read_row_times(column_of(stored(cells, "csv", tmp_path).column("x")), "x", "rows")
    assert found[0] == found[1]
    (note,) = notes
    assert note.whole.startswith('different times in "x" are beyond 2**53, and are read as the same')
    assert note.cell == f"{GREAT}.5 and {GREAT}.75"


def test_a_missing_time_is_nan(tmp_path: Path) -> None:
    column = column_of(stored(["-99", "1", "2"], "csv", tmp_path).column("x"), ("-99",))
    with pytest.raises(WorkFailed, match='the times in "x" are missing in 1 rows'):
        read_row_times(column, "x", "rows")
