"""One table of minimal columns, each with its expected reading: no cell is changed without a note (I10)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_runner.failures import WorkFailed
from builders.cells import COMMAS, ID, KILOS, often
from builders.reading import labels, learned, target_of


@dataclass(frozen=True)
class Feature:
    """`kind`, number of `distinct` rows that a model sees unless None, and `note`: part of the note, "" for no note."""

    cells: Any
    kind: str
    distinct: int | None = None
    note: str = ""
    source: str = "csv"


MANY = [str(n * 0.37) for n in range(3000)]
YEARS = [f"2022-{1 + n % 12}-{1 + n % 28}" for n in range(60)]
ISO_DAYS = [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(40)]
FEATURES = {
    # Spelling
    "codes keep leading zeros": Feature(often("007", "07", "7"), "categorical", 3, 'leading zeros, as codes have, in 8 of 12 cells'),
    "codes keep leading zeros in a frame": Feature(often("01", "02", "10"), "categorical", 3, "leading zeros", source="frame"),
    "versions of three parts": Feature(often("1.2.10", "1.3.11", "2.4.15"), "categorical", 3),
    "versions stay apart": Feature(often("1.1", "1.10", "2.0"), "categorical", 3, "spells one number in different ways"),
    "numbers as texts": Feature(often("1", "2.5", "3"), "numeric", 3, "holds numbers as texts", source="frame"),
    "plain numbers in csv need no note": Feature(often("1", "2.5", "-3e4"), "numeric", 3),
    "zero has one meaning": Feature(often("0.0", "-0.0", "1.5"), "numeric", 2),
    "spaces": Feature(often("a", "a ", "b"), "categorical", 2, "differ only in the spaces around them", source="frame"),
    # Exact
    "keys of 19 digits": Feature(often(2**62 + 1, 2**62 + 2, 2**62 + 3), "numeric", 3, source="parquet"),
    "keys of 19 digits as texts": Feature(often(2**62 + 1, 2**62 + 2, 2**62 + 3), "numeric", 3),
    "unsigned keys": Feature(np.array(often(2**64 - 1, 2**64 - 2, 2**64 - 3), "uint64"), "numeric", 3, source="frame"),
    "unsigned keys as texts": Feature(often(2**64 - 1, 2**64 - 2, 2**64 - 3), "numeric", 3),
    "far keys": Feature(often(1, 2**62, 2**62 + 1), "numeric", None, '1 of 3 different numbers in "x" cannot be told apart from a neighbour', source="parquet"),
    "milliseconds": Feature(often(*(1_700_000_000_000 + n for n in range(5))), "numeric", 5, source="parquet"),
    "days in milliseconds": Feature(often(*(86_400_000 * n for n in range(1, 900, 7))), "numeric", 129, source="parquet"),
    "milliseconds with gaps": Feature(often(1.7e12, 1.7e12 + 1, None), "numeric", 3, source="frame"),
    "very small": Feature(often(1e-50, 2e-50, 1.0), "numeric", 3, source="frame"),
    "very small in csv": Feature(often("1e-50", "2e-50"), "numeric", 2),
    "very large": Feature(often(1e300, 2e300, 1.0), "numeric", 3, source="frame"),
    "near each other": Feature(often(1.0, 1.0 + 1e-12, 1.0 + 2e-12), "numeric", 3, source="frame"),
    "near each other and far": Feature(often(1e-9, 1e9, 1e9 + 1e-6), "numeric", None, "cannot be told", source="frame"),
    "seconds of a day": Feature(pd.date_range("2024-03-01", periods=90, freq="7s"), "datetime", 90, source="frame"),
    "nanoseconds": Feature(pd.to_datetime(often(1_700_000_000_000_000_001, 1_800_000_000_000_000_001, 1_800_000_000_000_000_002)), "datetime", 2, "finer than a microsecond", source="frame"),
    # Missing words
    "the country NA in csv": Feature(often("NA", "DE", "FR"), "categorical", 3, 'set data.missingValues if they are values; for example "NA"'),
    "the country NA in a frame": Feature(often("NA", "DE", None), "categorical", 3, source="frame"),
    "missing and a text for missing": Feature(often("", None, "a"), "categorical", 3, source="frame"),
    "a placeholder among numbers": Feature(often("1", "2", "-"), "numeric", 3, 'read as missing; for example "-"'),
    # Words of truth
    "one side": Feature(often("N", "F", "N"), "categorical", 2),
    "one word": Feature(often("N", "N", ""), "categorical", 2),
    "two pairs": Feature(often("N", "F", "T"), "categorical", 3),
    "a pair": Feature(often("Y", "n", ""), "boolean", 3),
    "a pair and a digit": Feature(often("yes", "no", "1"), "categorical", 3, "mixes numbers"),
    # Odd cells
    "a formula's error": Feature([*MANY, "#DIV/0!"], "numeric", 3001, 'missing; for example "#DIV/0!"'),
    "below a limit": Feature([*MANY, "<1.0"], "numeric", 3001, 'for example "<1.0"'),
    "many odd cells": Feature([*MANY[:20], *["<1.0"] * 5], "categorical", None, "mixes numbers"),
    "times of day": Feature(often("07:30", "12:05", "23:59"), "numeric", 3, "times of day"),
    "times with halves": Feature(often("7:30 AM", "7:30 PM"), "numeric", 2, "times of day"),
    "dates with points, the year first": Feature(often("2022.01.05", "2022.11.15"), "datetime", 2),
    "dates without zeros": Feature(YEARS, "datetime", None),
    "an odd cell among dates": Feature([*YEARS, "soon"], "datetime", None, 'missing; for example "soon"'),
    "dates in two notations": Feature([*ISO_DAYS, *(".".join(reversed(day.split("-"))) for day in ISO_DAYS)] * 2, "categorical", None, 'mixes dates (80 of 160 rows) with cells that are not written like them, and is read as categories; write all of them alike, or leave it out with --ignore x; for example "2024-01-01 and 01.01.2024"'),
    "dates in three notations": Feature(often("2024-01-31", "01.02.2024", "Mar 3, 2024"), "categorical", 3, "mixes dates (8 of 12 rows)"),
    "dates with the day first and the month first": Feature(often("25/12/2024", "12/25/2024"), "categorical", 2, 'for example "12/25/2024 and 25/12/2024"'),
    "dates of two and four digits": Feature(often("25/12/24", "12/25/2024"), "categorical", 2, "mixes dates (4 of 8 rows)"),
    "dates and words": Feature(often("2024-01-31", "soon"), "categorical", 2, 'for example "2024-01-31 and soon"'),
    "no days at all": Feature(often("2024-13-31", "2024-14-31"), "categorical", 2),
    "a unit": Feature(often("12.5 kg", "13 kg", "7 kg"), "numeric", 3, "the unit kg"),
    "a unit that one cell lacks": Feature([*KILOS, "7.25"], "numeric", 41, '1 of 41 cells of "x" have no kg, and are read as if they had it; for example "7.25"'),
    "a sign that one cell lacks": Feature([*(f"${n}" for n in range(3, 43)), "7.5"], "numeric", 41, 'have no $, and are read as if they had it; for example "7.5"'),
    "a decimal point among commas": Feature([*COMMAS, "7.25"], "numeric", 41, 'a point where others have a comma, which is read as a decimal point; for example "7.25"'),
    "a decimal point beside spaces": Feature([*(f"1 {n},5" for n in range(100, 140)), "7.25"], "numeric", None, 'a point where others have a comma'),
    "areas": Feature(often("12 m2", "13 m2"), "numeric", 2, "the unit m2"),
    "months": Feature(often("Jan 2022", "Feb 2023"), "datetime", 2),
    # Points between thousands
    "thousands": Feature(often("980", "1.234", "12.345"), "numeric", 3, "points are read as separators of thousands"),
    "thousandths": Feature(often("0.980", "1.234", "12.345"), "numeric", 3),
    "thousandths above one": Feature(often("2.980", "1.234", "12.345"), "numeric", 3),
    # Columns that are left out
    "one value": Feature(often("a", "a"), "ignored", note="has the same value in every row"),
    "no value": Feature(often("", ""), "ignored", note="holds nothing but missing values"),
    "a count of the rows": Feature(list(range(40)), "ignored", note="numbers the rows", source="parquet"),
    "keys of 23 digits": Feature(often(10**22 + 1, 10**22 + 2), "ignored", note="different values, which a model cannot tell apart"),
    "names": Feature([f"name {n}" for n in range(9)], "ignored", note="a different text in every row"),
    # The source's own types
    "a categorical of numbers": Feature(pd.Categorical(often(1, 2, 3)), "categorical", 3, source="frame"),
    "a categorical of digits": Feature(pd.Categorical(often("1", "2", "3")), "categorical", 3, source="frame"),
    "a categorical of codes and digits": Feature(pd.Categorical(often("1", "01", "1.0")), "categorical", 3, source="frame"),
    "a categorical of numbers and texts": Feature(pd.Categorical(often(1, "2")), "categorical", 2, source="frame"),
    "a categorical of days": Feature(pd.Categorical(often("2024-01-31", "2024-02-01")), "categorical", 2, source="frame"),
    "a categorical of words for booleans": Feature(pd.Categorical(often("yes", "no")), "categorical", 2, source="frame"),
    "a categorical of bytes": Feature(pd.Categorical(often(b"1", b"2")), "categorical", 2, source="frame"),
    "a categorical of durations": Feature(pd.Categorical(pd.to_timedelta(often(1, 2), "s")), "categorical", 2, source="frame"),
    "a categorical of times": Feature(pd.Categorical(pd.to_datetime(often("2024-01-31", "2024-02-01"))), "datetime", 2, "a categorical of dates", source="frame"),
    "a categorical of digits in a file of pandas": Feature(pd.Categorical(often("1", "2", "3")), "categorical", 3, source="pandas"),
    "a categorical of times in a file of pandas": Feature(pd.Categorical(pd.to_datetime(often("2024-01-31", "2024-02-01"))), "datetime", 2, "a categorical of dates", source="pandas"),
    "digits in an arrow dictionary": Feature(pa.array(often("1", "2", "3")).dictionary_encode(), "numeric", 3, "holds numbers as texts", source="parquet"),
    "booleans": Feature(often(True, False, None), "boolean", 3, source="frame"),
    "decimals": Feature(pa.array(often(1, 2, 3)).cast(pa.decimal128(30, 2)), "numeric", 3, source="parquet"),
}  # fmt: skip


@pytest.mark.parametrize("row", FEATURES.values(), ids=FEATURES)
def test_a_feature_is_read_as_expected(row: Feature, tmp_path: Path) -> None:
    found = learned(row.cells, row.source, tmp_path)
    assert found.kind == row.kind
    if row.distinct is not None:
        assert found.distinct == row.distinct
    assert (row.note in found.warning_text) if row.note else found.warning_text == ""


@pytest.mark.parametrize("row", FEATURES.values(), ids=FEATURES)
def test_training_rows_are_read_the_same_as_new_rows(row: Feature, tmp_path: Path) -> None:
    found = learned(row.cells, row.source, tmp_path)
    if not found.table.columns:
        return
    for source in {row.source, "csv" if row.source == "csv" else "frame"}:
        if source == "frame" and isinstance(row.cells, pa.Array):
            continue
        features, _ = found.read(row.cells, source, tmp_path)
        arrays = features.codes if found.kind == "categorical" else features.numeric
        np.testing.assert_array_equal(arrays[:, 0], found.table.columns[0].arrays[0])


@dataclass(frozen=True)
class Labels:
    """`classes` in their order and type, none for a regression; `back`: the predicted labels where they differ."""

    cells: Any
    classes: tuple[Any, ...]
    note: str = ""
    source: str = "csv"
    back: list[Any] | None = None


def numbers(*cells: Any) -> list[Any]:
    """A few whole numbers in so many rows that they are classes."""
    return list(cells) * 10


TARGETS = {
    "codes": Labels(often("01", "02", "10"), ("01", "02", "10"), "is read as classes"),
    "codes in a frame": Labels(often("01", "02", "10"), ("01", "02", "10"), "is read as classes", source="frame"),
    "spellings": Labels(often("007", "07", "7"), ("007", "07", "7")),
    "versions of three parts": Labels(often("1.2.10", "1.3.11", "2.4.15"), ("1.2.10", "1.3.11", "2.4.15")),
    "a stray cell of classes": Labels([*numbers("1", "2", "3"), "x"], ("1", "2", "3", "x"), 'classes of their own; for example "x"'),
    "versions": Labels(often("1.1", "1.10", "2.0"), ("1.1", "1.10", "2.0")),
    "integers in csv": Labels(["0", "1", "0"], (0, 1), back=[0, 1, 0]),
    "floats in csv": Labels(["0.0", "1.0", "0.0"], (0.0, 1.0), back=[0.0, 1.0, 0.0]),
    "texts of integers": Labels(["1", "2", "1"], ("1", "2"), source="frame"),
    "integers": Labels([1, 2, 1], (1, 2), source="frame"),
    "small integers": Labels(np.array([1, 2, 1], "int8"), (1, 2), source="frame"),
    "large integers": Labels(numbers(ID + 1, ID + 2, ID + 3), (ID + 1, ID + 2, ID + 3), source="frame"),
    "large integers in csv": Labels(numbers(ID + 1, ID + 2), (ID + 2, ID + 1)[::-1]),
    "unsigned": Labels(np.array(numbers(2**64 - 1, 2**64 - 2), "uint64"), (2**64 - 2, 2**64 - 1), source="frame"),
    "floats": Labels([0.0, 1.0, 0.0], (0.0, 1.0), source="frame"),
    "fractions": Labels([0.5, 1.5, 0.5], (0.5, 1.5), source="frame"),
    "small floats": Labels(np.array([0.1, 0.2, 0.1], "float32"), (float(np.float32(0.1)), float(np.float32(0.2))), source="frame"),
    "booleans": Labels([False, True, False], (False, True), source="frame"),
    "words for booleans in csv": Labels(["True", "False", "True"], ("True", "False")),
    "a categorical of numbers": Labels(pd.Categorical(often(3, 1, 2)), (1, 2, 3), source="frame"),
    "a categorical of digits": Labels(pd.Categorical(often("0.5", "1.5", "2.5")), ("0.5", "1.5", "2.5"), source="frame"),
    "a categorical of days": Labels(pd.Categorical(often("2024-01-31", "2024-02-01")), ("2024-01-31", "2024-02-01"), source="frame"),
    "days in two notations": Labels(often("2024-01-31", "01.02.2024"), ("2024-01-31", "01.02.2024"), 'the target "x" mixes dates (4 of 8 rows) with cells that are not written like them, and is read as classes'),
    "yes and None in a frame": Labels(["Yes", "None", "None"], ("None", "Yes"), source="frame"),
    "spaces": Labels([" <=50K", " >50K", " <=50K"], (" <=50K", " >50K")),
    "a word that is missing": Labels(
        ["Yes", "No", "No", "NA"], ("No", "Yes"), '1 hold something that is read as missing; for example "NA"', back=["Yes", "No", "No"]
    ),
    "thousands": Labels(often("980", "1.234", "12.345"), (), "points are read as separators of thousands"),
    "numbers as texts": Labels(often("0.5", "1.25", "2"), (), "holds numbers as texts", source="frame"),
    "a unit that one cell lacks": Labels([*KILOS, "7.25"], (), 'have no kg, and are read as if they had it; for example "7.25"'),
    "a stray cell": Labels([*MANY[:494], "#DIV/0!"], (), 'read as missing; for example "#DIV/0!"'),
}  # fmt: skip


@pytest.mark.parametrize("row", TARGETS.values(), ids=TARGETS)
def test_labels_come_back_unchanged(row: Labels, tmp_path: Path) -> None:
    target = target_of(row.cells, row.source, tmp_path)
    text = "\n".join(warning.whole for warning in target.warnings)
    assert (row.note in text) if row.note else text == ""
    if not row.classes:
        assert target.task == "regression"
        return
    found = labels(target)
    back = list(row.cells) if row.back is None else row.back
    assert found == back
    assert [type(value) for value in found] == [type(getattr(value, "item", lambda v=value: v)()) for value in back]
    assert sorted(set(found)) == sorted(row.classes)


REFUSED_TARGETS = {
    "one class is left": (["Yes", "None", "None", "Yes"], '"None" is read as missing, in 2 rows; set data.missingValues'),
    "only words for missing": (["NA", "NA", "?", ""], '"NA" is read as missing, in 3 rows'),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "words"), REFUSED_TARGETS.values(), ids=REFUSED_TARGETS)
def test_a_target_that_is_read_as_missing_is_refused_with_a_message(
    cells: list[str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(WorkFailed) as raised:
        target_of(cells, "csv", tmp_path)
    assert words in raised.value.message


def test_the_user_names_the_missing_values(tmp_path: Path) -> None:
    cells = often("Yes", "None", "-99")
    assert set(target_of(cells, "csv", tmp_path, missing=("-99",)).classes) == {"Yes", "None"}
    found = learned(often(1, 2, -99), "parquet", tmp_path, missing=("-99",))
    assert found.distinct == 3
    assert np.isnan(found.rows).sum() == 4
    features, notes = found.read([1.0, -99.0], "frame", tmp_path)
    assert np.isnan(features.numeric[:, 0]).tolist() == [False, True]
    assert notes == ()


GIVEN = {
    "a number as a category": (often(1, 2), "categorical", "categorical", ""),
    "codes as numbers": (often("007", "08"), "numeric", "numeric", ""),
    "a count of the rows": ([str(n) for n in range(40)], "numeric", "numeric", ""),
    "digits as booleans": (often("1", "0"), "boolean", "boolean", ""),
    "dates": (often("2024-01-31", "2024-02-01"), "datetime", "datetime", ""),
    "ignored": (often("a", "b"), "ignore", "ignored", ""),
    "texts as numbers": (often("1", "many"), "numeric", "", '"x" cannot be numeric, as data.columns says: it holds cells that are not, for example "many"'),
    "texts as booleans": (often("yes", "perhaps"), "boolean", "", 'for example "perhaps"'),
    "texts among dates as dates": (often("2024-01-31", "2024-02-01", "soon"), "datetime", "", 'it holds cells that are not, for example "soon"'),
    "texts as dates": (often("soon", "later"), "datetime", "", 'for example "soon"'),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "given", "kind", "refused"), GIVEN.values(), ids=GIVEN)
def test_the_user_decides_the_kind(cells: list[Any], given: Any, kind: str, refused: str, tmp_path: Path) -> None:
    if refused:
        with pytest.raises(WorkFailed) as raised:
            learned(cells, "csv", tmp_path, given)
        assert refused in raised.value.message
        return
    assert learned(cells, "csv", tmp_path, given).kind == kind
