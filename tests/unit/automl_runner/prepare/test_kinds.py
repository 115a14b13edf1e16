"""The kind of each column, the columns that are left out, and the notes about both."""

import json
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_model.encoding import Encoder
from automl_model.encoding.column import column_of
from automl_model.tables import read_table
from automl_runner.prepare.kinds import kind_of
from automl_runner.prepare.notes import bounded, note
from builders.preparing import a_table, prepare_file, prepare_table

ROWS = 200
KINDS = {
    "numbers in texts": (["1", " 2.5", "", "NA", "1e3"], "numeric"),
    "numbers with placeholders": (["1", "2", "-", "unknown"], "numeric"),
    "whole numbers of few values": ([1, 2, 3, 1], "numeric"),
    "zeros and ones": (["0", "1", "1", "0"], "numeric"),
    "yes and no": (["yes", "No", "", "YES"], "boolean"),
    "words of two pairs": (["yes", "no", "y", "yes", "y", "no"], "categorical"),
    "yes, no and digits": (["TRUE", "0", "TRUE", "0"], "categorical"),
    "decimal commas": (["3,14", "2", "-"], "numeric"),
    "money": (["$1,234.50", "$5"], "numeric"),
    "durations": ([timedelta(hours=1), timedelta(days=2)], "numeric"),
    "times of day": ([time(1, 30), None], "numeric"),
    "texts as bytes": ([b"a", b"b", b"a"], "categorical"),
    "months": (["2024-01", "2024-02"], "datetime"),
    "times of a database": (["2024-01-31 10:00:00+00", "2024-02-01 11:30:00.5+00"], "datetime"),
    "times named UTC": (["2024-01-31 10:00:00 UTC", "2024-02-01 11:30:00.5 UTC"], "datetime"),
    "zero dates": (["2024-01-31", "0000-00-00"], "datetime"),
    "booleans": ([True, False, None, True], "boolean"),
    "iso dates": (["2024-01-31", "2024-02-01", "?"], "datetime"),
    "times with zones": (["2024-01-31T10:00:00Z", "2024-02-01T10:00:00+01:00"], "datetime"),
    "german dates": (["31.01.2024", "01.02.2024"], "datetime"),
    "american dates": (["01/31/2024", "02/01/2024 "], "datetime"),
    "dates in words": (["31 Jan 2024", "01 Feb 2024"], "datetime"),
    "american times": (["01/31/2024 04:30 PM", "02/01/2024 05:30 AM"], "datetime"),
    "digits that might be dates": (["20240131", "20240201"], "numeric"),
    "years": (["1999", "2001"], "numeric"),
    "a day that does not exist": (["2024-02-30", "2024-02-30", "2024-01-01"], "categorical"),
    "texts": (["a", "b", "a", None], "categorical"),
    "codes with leading zeros and letters": (["A1", "A1", "B2"], "categorical"),
}


@pytest.mark.parametrize(("values", "kind"), KINDS.values(), ids=KINDS)
def test_the_kind_of_a_column(values: list[Any], kind: str) -> None:
    found = kind_of("x", column_of(pa.array(values)))
    assert found.encoder is not None
    assert found.encoder.kind == kind


PROSE = [f"the {max(n, 1)}th of many long sentences about nothing at all" for n in range(ROWS)]
LEFT_OUT = {
    "constant": (["a"] * ROWS, "Constant", '"x" has the same value in every row'),
    "constant number": ([7] * ROWS, "Constant", '"x" has the same value in every row'),
    "all missing": ([None] * ROWS, "Constant", '"x" holds nothing but missing values'),
    "row numbers": (list(range(ROWS)), "Identifier", '"x" numbers the rows'),
    "shuffled row numbers": (np.random.default_rng(0).permutation(ROWS) + 1000, "Identifier", '"x" numbers the rows'),
    "keys": ([f"k{n}" for n in range(ROWS)], "Identifier", '"x" holds a different text in every row'),
    "lists": ([[1]] * ROWS, "Repaired", '"x" holds lists or objects'),
}  # fmt: skip


@pytest.mark.parametrize(("values", "code", "words"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_column_without_information_is_left_out(tmp_path: Path, values: Any, code: str, words: str) -> None:
    run = prepare_table({**a_table(ROWS), "x": list(values)}, tmp_path)
    assert [column.name for column in run.prepared.info.signature] == ["first", "second", "city"]
    (warning,) = run.warnings_with(code)
    assert (warning.column, words in warning.message) == ("x", True)


@pytest.mark.parametrize("copied", ["first", "city"])
def test_a_column_that_repeats_another_is_left_out(tmp_path: Path, copied: str) -> None:
    table = a_table(ROWS)
    run = prepare_table({**table, "copy": table[copied]}, tmp_path)
    (warning,) = run.warnings_with("DuplicateColumn")
    assert warning.message == f'"copy" says the same as "{copied}" in every row and is left out'


def test_a_value_in_some_rows_and_a_gap_in_others_is_kept(tmp_path: Path) -> None:
    run = prepare_table({**a_table(ROWS), "x": ["a", None] * (ROWS // 2)}, tmp_path)
    assert "x" in run.prepared.features.code_names


def test_distinct_measurements_are_no_identifier(tmp_path: Path) -> None:
    spread = np.random.default_rng(0).permutation(10_000_000)[:ROWS]
    assert "x" in prepare_table({**a_table(ROWS), "x": spread}, tmp_path).prepared.features.numeric_names


def test_infinite_values_become_missing_with_a_note(tmp_path: Path) -> None:
    run = prepare_table({**a_table(ROWS), "x": [np.inf, -np.inf, *np.linspace(0, 1, ROWS - 2)]}, tmp_path)
    values = run.prepared.features.numeric[:, run.prepared.features.numeric_names.index("x")]
    assert np.isnan(values[:2]).all()
    assert run.warnings_with("Infinite")[0].message.startswith('"x" holds 2 infinite values, read as missing')


def test_large_numbers_stay_apart(tmp_path: Path) -> None:
    seconds = 1_700_000_000_000 + 1000 * np.random.default_rng(0).permutation(100 * ROWS)[:ROWS]
    run = prepare_table({**a_table(ROWS), "x": seconds}, tmp_path)
    encoder = Encoder.from_state(json.loads(json.dumps(run.prepared.info.encoder)))
    place = run.prepared.features.numeric_names.index("x")
    assert len(np.unique(run.prepared.features.numeric[:, place])) == ROWS
    again = encoder.apply(read_table(tmp_path / "rows.parquet"))
    np.testing.assert_array_equal(again.numeric, run.prepared.features.numeric)


ORDERS = {
    "nothing decides": ([1, 5, 11], "{0:02d}/{1:02d}/2024", "the month is read first"),
    "nothing decides between dashes": ([1, 5, 11], "{0:02d}-{1:02d}-2024", "the day is read first"),
    "a value decides": ([1, 5, 31], "{0:02d}/{1:02d}/2024", ""),
    "points have the day first": ([1, 5, 11], "{0:02d}.{1:02d}.2024", ""),
    "both readings are one": ([3], "{0:02d}/03/2024", ""),
}


@pytest.mark.parametrize(("days", "written", "words"), ORDERS.values(), ids=ORDERS)
def test_dates_with_day_or_month_first_are_recognised_or_noted(days: list[int], written: str, words: str) -> None:
    kind = kind_of("x", column_of(pa.array([written.format(day, 3) for day in days])))
    assert kind.encoder is not None
    assert kind.encoder.kind == "datetime"
    assert [words in warning.message for warning in kind.warnings] == ([True] if words else [])


def test_the_order_of_day_and_month_is_kept_for_new_rows() -> None:
    kind = kind_of("x", column_of(pa.array(["31/01/2024", "05/03/2024"])))
    assert kind.encoder is not None
    again = Encoder.from_state(json.loads(json.dumps(Encoder((kind.encoder,)).state())))
    assert again.apply(pd.DataFrame({"x": ["05/03/2024"]})).numeric[0, :4].tolist() == [19787.0, 2024, 3, 5]


def test_a_european_file_is_read_as_numbers_here_and_in_new_rows(tmp_path: Path) -> None:
    table = pd.DataFrame(a_table(ROWS))
    price = np.random.default_rng(1).normal(size=ROWS).round(2) * 10_000
    written = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in price]
    table.assign(price=written).to_csv(tmp_path / "rows.csv", sep=";", decimal=",", index=False, encoding="cp1252")
    run = prepare_file(tmp_path / "rows.csv", tmp_path)
    assert {column.name: column.kind for column in run.prepared.info.signature} == {
        "first": "numeric", "second": "numeric", "city": "categorical", "price": "numeric",
    }  # fmt: skip
    assert [warning.message for warning in run.warnings_with("Repaired")] == [
        'numbers with decimal commas are read in "first", "second"',
        'numbers with decimal commas and "." between thousands are read in "price"',
    ]
    encoder = Encoder.from_state(json.loads(json.dumps(run.prepared.info.encoder)))
    for rows in (read_table(tmp_path / "rows.csv"), table.assign(price=price)):
        np.testing.assert_array_equal(encoder.apply(rows).numeric, run.prepared.features.numeric)


def test_numbers_in_different_notations_become_categories_with_a_note(tmp_path: Path) -> None:
    run = prepare_table({**a_table(ROWS), "x": ["1,5", "1.234,5", "2,345.5", "3,5"] * (ROWS // 4)}, tmp_path)
    assert "x" in run.prepared.features.code_names
    assert "written in different ways" in run.warnings_with("MixedTypes")[0].message


def test_mixed_types_become_categories_with_a_note(tmp_path: Path) -> None:
    values = (["1", "2", "many"] * ROWS)[:ROWS]
    run = prepare_table({**a_table(ROWS), "x": values}, tmp_path)
    assert {column.name: column.kind for column in run.prepared.info.signature}["x"] == "categorical"
    assert "leave it out with --ignore x" in run.warnings_with("MixedTypes")[0].message


def test_rare_and_unseen_levels_share_a_code_and_missing_has_its_own(tmp_path: Path) -> None:
    values = ["often"] * (ROWS - 3) + ["once", None, "often"]
    run = prepare_table({**a_table(ROWS), "x": values}, tmp_path)
    place = run.prepared.features.code_names.index("x")
    assert run.prepared.features.codes[-4:, place].tolist() == [2, 1, 0, 2]
    assert run.prepared.features.cardinalities[place] == 3


def test_parts_of_dates_that_never_vary_are_left_out(tmp_path: Path) -> None:
    days = [f"2024-03-{1 + n % 28:02d}" for n in range(ROWS)]
    names = prepare_table({**a_table(ROWS), "x": days}, tmp_path).prepared.features.numeric_names
    assert names == ("first", "second", "x", "x.day", "x.weekday")


@pytest.mark.parametrize(
    ("every", "parts"),
    [
        pytest.param("1D", {"month", "day", "weekday"}, id="days of one year"),
        pytest.param("31D", {"year", "month", "day", "yearday", "weekday"}, id="days of several years"),
        pytest.param("30min", {"day", "weekday", "hour", "minute"}, id="half hours"),
        pytest.param("17min", {"day", "weekday", "hour"}, id="any minute"),
    ],
)
def test_the_parts_of_dates_are_those_that_tell_something(every: str, parts: set[str], tmp_path: Path) -> None:
    times = pd.date_range("2024-01-01", periods=200, freq=every)
    names = prepare_table({**a_table(200), "x": times}, tmp_path).prepared.features.numeric_names
    assert set(names) - {"first", "second"} == {"x", *(f"x.{part}" for part in parts)}


def test_csv_and_parquet_of_one_table_make_the_same_features(tmp_path: Path) -> None:
    table = {**a_table(ROWS), "when": pd.date_range("2020-01-01", periods=ROWS, freq="37h"), "n": range(5, ROWS * 9, 9)}
    from_parquet = prepare_table({name: list(values) for name, values in table.items()}, tmp_path).prepared
    pd.DataFrame({name: list(values) for name, values in table.items()}).to_csv(tmp_path / "rows.csv", index=False)
    from_csv = prepare_file(tmp_path / "rows.csv", tmp_path).prepared
    assert from_csv.info.signature == from_parquet.info.signature
    np.testing.assert_array_equal(from_csv.features.numeric, from_parquet.features.numeric)
    np.testing.assert_array_equal(from_csv.features.codes, from_parquet.features.codes)


def test_ten_warnings_of_a_kind_are_kept_and_the_rest_are_counted() -> None:
    many = [note("Constant", f"message {n}", f"c{n}") for n in range(500)]
    kept = bounded([*many, note("Leak", "a leak", "x")])
    assert kept[0].code == "Leak"
    assert len(kept) == 12
    assert kept[-1].message == 'and the same for 490 more: "c10", "c11", "c12", "c13", "c14"'
