"""Levels are recognised as texts of a file and as numbers and booleans of a frame; doubtful cases have a note."""

import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.encoder import Encoder
from builders.reading import learned


@dataclass(frozen=True)
class Cells:
    """`alike`: for each new cell the level that it means, None for one that was never seen."""

    levels: list[Any]
    trained_on: str
    cells: list[Any]
    source: str
    alike: list[str | None]
    note: str = ""


ZIPS = ["01067", "02625", "10115", "80331"]
CELLS = {
    "numbers for padded codes": Cells(ZIPS, "csv", [1067, 2625, 80331, 99999], "frame", ["01067", "02625", "80331", None]),
    "numbers with gaps for padded codes": Cells(ZIPS, "csv", [2625.0, None], "frame", ["02625", ""]),
    "numbers for codes of two lengths": Cells(["007", "07", "1"], "csv", [1, 7], "frame", ["1", None], 'numbers like "7" match several values of training, such as "007" and "07"'),
    "numbers for versions": Cells(["1.1", "1.10", "2.0"], "csv", [1.1, 2.0], "frame", ["1.1", "2.0"], 'like "1.1" match several'),
    "numbers beside texts": Cells(["1", "2", "x"], "csv", [1, 5], "frame", ["1", None], 'the number "5" was not seen in training, which had texts like "x"'),
    "whole numbers in csv for doubles": Cells([1.5, 2.0, 3.0], "frame", ["2", "1.5", "7"], "csv", ["2.0", "1.5", None]),
    "doubles in csv for whole numbers": Cells([1, 2, 3], "frame", ["2.0", "3"], "csv", ["2", "3"]),
    "codes in csv for whole numbers": Cells([1, 2, 3], "frame", ["1", "02"], "csv", ["1", None]),
    "words for booleans": Cells([True, False], "frame", ["True", "FALSE", "true"], "csv", ["True", "False", "True"]),
    "words that are levels": Cells(["True", "true", "x"], "csv", ["true", "TRUE"], "csv", ["true", None]),
}  # fmt: skip


@pytest.mark.parametrize("row", CELLS.values(), ids=CELLS)
def test_a_cell_is_the_level_that_it_means(row: Cells, tmp_path: Path) -> None:
    found = learned(row.levels * 4, row.trained_on, tmp_path, "categorical")
    (column,) = found.table.columns
    assert isinstance(column.encoder, CategoricalEncoder)
    code_of = {level: place for place, level in enumerate(column.encoder.levels, start=2)}
    features, notes = found.read(row.cells, row.source, tmp_path)
    expected = [1 if one is None else 0 if one == "" else code_of[one] for one in row.alike]
    assert features.codes[:, 0].tolist() == expected
    text = "\n".join(note.message for note in notes)
    assert (row.note in text) if row.note else text == ""


def test_an_unseen_number_is_not_taken_for_a_padded_code() -> None:
    encoder = Encoder((CategoricalEncoder("x", ("01", "1")),))
    features, notes = encoder.read(pd.DataFrame({"x": [1, 2]}))
    assert features.codes[:, 0].tolist() == [3, 1]
    assert [note.message for note in notes] == [
        'column "x": numbers like "1" match several values of training, such as "01" and "1"; give the column as text'
    ]


def test_gaps_of_another_type_are_missing() -> None:
    encoder = Encoder((CategoricalEncoder("x", ("01", "1")),))
    features, notes = encoder.read(pd.DataFrame({"x": pd.to_datetime([None])}))
    assert (features.codes[:, 0].tolist(), notes) == ([0], ())


GREAT = ("9007199254740992", "9007199254740993", "9007199254740996")


def test_a_double_beyond_all_exact_ones_may_be_several_levels() -> None:
    encoder = Encoder((CategoricalEncoder("x", GREAT),))
    features, notes = encoder.read(pd.DataFrame({"x": [9007199254740993.0, 9007199254740996.0]}))
    assert features.codes[:, 0].tolist() == [1, 4]
    text = (
        'column "x": numbers like "9007199254740992.0" match several values of training, such as "9007199254740992" and'
        ' "9007199254740993"; give the column as text'
    )
    assert [note.message for note in notes] == [text]
    exact, none = encoder.read(pd.DataFrame({"x": [9007199254740993, 9007199254740992, 9007199254740994]}))
    assert (exact.codes[:, 0].tolist(), none) == ([3, 2, 1], ())


def test_whole_numbers_match_levels_of_large_doubles() -> None:
    encoder = Encoder((CategoricalEncoder("x", ("9007199254740992.0", "1e+16")),))
    features, notes = encoder.read(pd.DataFrame({"x": [9007199254740992, 10**16]}))
    assert (features.codes[:, 0].tolist(), notes) == ([2, 3], ())


def test_levels_are_examined_once_for_each_source() -> None:
    """The examination of 5000 levels takes about 1 MB, which only the first read from each source needs."""
    encoder = Encoder((CategoricalEncoder("x", tuple(map(str, range(5000)))),))
    encoder.read(pd.DataFrame({"x": ["1"]}))  # imports and caches of others
    first_text, first_number, text, number = (
        peak_memory(encoder, cells) for cells in (["new", "x"], [-1, -2], ["x", "new"], [-2, -1])
    )
    assert min(first_text, first_number) > 10 * max(text, number)


def peak_memory(encoder: Encoder, cells: list[Any]) -> int:
    """Most bytes that a read of these cells takes at once."""
    frame = pd.DataFrame({"x": cells})
    tracemalloc.start()
    try:
        encoder.read(frame)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
