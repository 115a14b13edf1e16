"""The encoder gives the same features for the same row from every source, and explains why it refuses a column."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_model.encoding import Encoder, SchemaError, class_codes, target_values
from automl_model.encoding.boolean import BooleanEncoder
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.dates import DatetimeEncoder
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.reading import Notes
from automl_model.features import Features
from automl_model.tables import read_table

ENCODER = Encoder(
    (
        NumericEncoder("size"),
        BooleanEncoder("member"),
        DatetimeEncoder("since"),
        CategoricalEncoder("city", ("Rome", "Oslo", "7")),
    )
)


def numbers(encoder: Any, values: Sequence[Any]) -> list[float]:
    """The first feature that an encoder of one column called x makes of values."""
    numeric = Encoder((encoder,)).apply(pd.DataFrame({"x": values})).numeric
    return [float(number) for number in numeric[:, 0]]


def codes(levels: tuple[str, ...], values: Sequence[Any]) -> list[int]:
    found = Encoder((CategoricalEncoder("x", levels),)).apply(pd.DataFrame({"x": values})).codes
    return [int(code) for code in found[:, 0]]


def assert_equal(one: Features, other: Features) -> None:
    np.testing.assert_array_equal(one.numeric, other.numeric)
    np.testing.assert_array_equal(one.codes, other.codes)


def test_the_state_is_json_and_reads_back_as_the_same_encoder() -> None:
    assert Encoder.from_state(json.loads(json.dumps(ENCODER.state()))) == ENCODER


def test_a_state_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Encoder.from_state({"columns": [{"kind": "sound", "name": "x"}]})


def test_columns_are_signed_with_their_kinds() -> None:
    assert [column.kind for column in ENCODER.columns] == ["numeric", "boolean", "datetime", "categorical"]


NUMBERS = {
    "spellings of missing": (["1", "", " ", "NA", "nan", "?", "-", "unknown", None], [1.0] + [np.nan] * 8),
    "infinite is missing": (["1", "inf", "-Infinity", "1e999"], [1.0, np.nan, np.nan, np.nan]),
    "spaces and signs": ([" 1 ", "+2", "-.5", "3."], [1.0, 2.0, -0.5, 3.0]),
    "a few that cannot be read": (["1", "two", "3"], [1.0, np.nan, 3.0]),
    "booleans": ([True, False], [1.0, 0.0]),
    "too large for 32 bits": ([1e300, -1e300], [float(np.finfo(np.float32).max), float(np.finfo(np.float32).min)]),
    "objects of all sorts": ([1, "2", None, 3.5], [1.0, 2.0, np.nan, 3.5]),
}


@pytest.mark.parametrize(("values", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_numbers(values: list[Any], expected: list[float]) -> None:
    np.testing.assert_array_equal(numbers(NumericEncoder("x"), values), expected)


BOOLEANS = {
    "words": (["yes", "No", "TRUE", "f", "", "perhaps"], [1, 0, 1, 0, np.nan, np.nan]),
    "typed": ([True, False, None], [1, 0, np.nan]),
    "digits": (["1", "0", "2"], [1, 0, np.nan]),
    "numbers": ([1.0, 0.0, 5.0], [1, 0, np.nan]),
}


@pytest.mark.parametrize(("values", "expected"), BOOLEANS.values(), ids=BOOLEANS)
def test_booleans(values: list[Any], expected: list[float]) -> None:
    np.testing.assert_array_equal(numbers(BooleanEncoder("x"), values), expected)


LEVELS = ("a", "7", "1.5", "True")
CATEGORIES = {
    "levels, unseen, missing": (["a", "b", None, "NA", " a "], [2, 1, 0, 1, 2]),
    "numbers after texts in training": ([7, 8], [3, 1]),
    "numbers with gaps": ([7.0, 1.5, np.nan], [3, 4, 0]),
    "booleans after texts in training": ([True, False], [5, 1]),
    "a pandas categorical": (pd.Categorical(["a", None, "z"]), [2, 0, 1]),
}


@pytest.mark.parametrize(("values", "expected"), CATEGORIES.values(), ids=CATEGORIES)
def test_categories(values: Sequence[Any], expected: list[int]) -> None:
    assert codes(LEVELS, values) == expected


def test_a_date_becomes_days_and_parts() -> None:
    features = Encoder((DatetimeEncoder("x"),)).apply(pd.DataFrame({"x": ["2024-02-29T18:00:00", None]}))
    assert features.numeric[0].tolist() == [19782.75, 2024, 2, 29, 60, 3, 18, 0]
    assert np.isnan(features.numeric[1]).all()


DATES = {
    "named UTC": ("2024-02-29 12:00:00 UTC", "ISO8601", 19782.5),
    "zone of hours": ("2024-02-29 01:00:00+02", "ISO8601", 19781 + 23 / 24),
    "zone after a space": ("2024-02-29 01:00:00 +0200", "ISO8601", 19781 + 23 / 24),
    "month": ("2024-02", "ISO8601", 19754.0),
    "iso": ("2024-02-29", "ISO8601", 19782.0),
    "with zone": ("2024-02-29T01:00:00+02:00", "ISO8601", 19781 + 23 / 24),
    "nanoseconds": ("2024-02-29T12:00:00.123456789", "ISO8601", 19782.5),
    "german": ("29.02.2024", "%d.%m.%Y", 19782.0),
    "iso where german was learned": ("2024-02-29", "%d.%m.%Y", 19782.0),
    "before 1970": ("1969-12-31", "ISO8601", -1.0),
}


@pytest.mark.parametrize(("value", "text_format", "days"), DATES.values(), ids=DATES)
def test_dates(value: str, text_format: str, days: float) -> None:
    assert numbers(DatetimeEncoder("x", text_format, ("days",)), [value]) == pytest.approx([days], abs=1e-2)


def test_names_of_parts_do_not_collide_with_columns() -> None:
    encoder = Encoder((DatetimeEncoder("when", parts=("days", "year")), NumericEncoder("when.year")))
    assert encoder.numeric_names == ("when", "when.year_", "when.year")


def test_further_columns_and_their_order_do_not_matter() -> None:
    frame = pd.DataFrame({"size": [1.0], "member": [True], "since": ["2024-01-01"], "city": ["Rome"]})
    assert_equal(ENCODER.apply(frame), ENCODER.apply(frame.assign(more=1)[["more", "city", "since", "member", "size"]]))


def test_no_rows_make_no_features() -> None:
    frame = pd.DataFrame({"size": [1.0], "member": [True], "since": ["2024-01-01"], "city": ["Rome"]})
    assert ENCODER.apply(frame.iloc[:0]).numeric.shape == (0, 10)


WRONG = {
    "missing column": (NumericEncoder("size"), {"sise": [1]}, 'no column "size", which the model reads. Did you mean "sise"?'),
    "texts for numbers": (NumericEncoder("x"), {"x": ["a", "b"]}, 'column "x" holds values like "a", but the model was trained on numbers'),
    "dates for numbers": (NumericEncoder("x"), {"x": [datetime(2024, 1, 1, tzinfo=UTC)]}, 'column "x" holds no numbers'),
    "texts for booleans": (BooleanEncoder("x"), {"x": ["a"]}, 'column "x" holds values like "a", but the model was trained on booleans'),
    "numbers for booleans": (BooleanEncoder("x"), {"x": [5]}, 'column "x" holds values like "5", but the model was trained on booleans'),
    "numbers for dates": (DatetimeEncoder("x"), {"x": [5]}, 'column "x" holds no dates'),
    "texts for dates": (DatetimeEncoder("x"), {"x": ["soon"]}, 'column "x" holds values like "soon", but the model was trained on dates'),
    "lists for categories": (CategoricalEncoder("x", ("a",)), {"x": [["a"]]}, 'column "x" holds dates or lists'),
}  # fmt: skip


@pytest.mark.parametrize(("encoder", "frame", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_column_is_refused_with_a_message(encoder: Any, frame: dict[str, list[Any]], words: str) -> None:
    with pytest.raises(SchemaError) as raised:
        Encoder((encoder,)).apply(pd.DataFrame(frame))
    assert words in str(raised.value)


def test_a_duplicate_column_is_refused() -> None:
    with pytest.raises(SchemaError, match='two columns named "x"'):
        Encoder((NumericEncoder("x"),)).apply(pd.DataFrame([[1, 2]], columns=["x", "x"]))


@pytest.mark.parametrize("encoder", [NumericEncoder("x"), BooleanEncoder("x"), DatetimeEncoder("x")])
def test_a_column_of_gaps_is_allowed(encoder: Any) -> None:
    assert np.isnan(numbers(encoder, [None, ""])).all()
    assert np.isnan(numbers(encoder, [np.nan])).all()


def test_defaults_are_not_in_the_state() -> None:
    assert NumericEncoder("x").state() == {"name": "x"}
    assert Encoder(()).state() == {"columns": []}


def test_durations_from_a_frame_and_from_parquet_are_the_same_seconds(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": pd.to_timedelta([90.5, None, -3], unit="s")})
    frame.to_parquet(tmp_path / "rows.parquet")
    np.testing.assert_array_equal(numbers(NumericEncoder("x"), frame["x"]), [90.5, np.nan, -3])
    table = Encoder((NumericEncoder("x"),)).apply(read_table(tmp_path / "rows.parquet"))
    np.testing.assert_array_equal(table.numeric[:, 0], [90.5, np.nan, -3])


def test_labels_are_read_as_codes_whatever_their_type() -> None:
    assert class_codes("y", ("no", "yes"), pd.Series(["yes", "no", None, "so"])).tolist() == [1, 0, -2, -1]
    assert class_codes("y", ("0", "1"), pd.Series([1, 0])).tolist() == [1, 0]
    assert class_codes("y", ("0", "1"), pd.Series(["1.0", "0"])).tolist() == [1, 0]
    assert class_codes("y", ("False", "True"), pd.Series([True, False])).tolist() == [1, 0]


def test_targets_of_a_regression_are_read_as_numbers() -> None:
    np.testing.assert_array_equal(target_values("y", pd.Series(["1.5", "", "inf"])), [1.5, np.nan, np.nan])


@pytest.mark.parametrize(
    ("notation", "cells", "values", "note"),
    [
        (Notation(unit="kg"), ["1 kg", "2"], [1, 2], "without kg are read as if they had it"),
        (PLAIN, ["1,5", "2,5"], [1.5, 2.5], "read with decimal commas"),
        (Notation(","), ["1.234", "2,5"], [1234, 2.5], "points are read as separators of thousands"),
    ],
    ids=["a missing unit", "commas for points", "thousands beside commas"],
)
def test_targets_are_read_like_features(notation: Notation, cells: list[str], values: list[float], note: str) -> None:
    notes = Notes()
    assert target_values("y", pd.Series(cells), notation, notes=notes).tolist() == values
    assert note in notes[0].message


MISSING_OR = st.none
TYPED = {
    "size": st.floats(width=64) | MISSING_OR(),
    "count": st.integers(-(2**53), 2**53) | MISSING_OR(),
    "member": st.booleans() | MISSING_OR(),
    "since": st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)) | MISSING_OR(),  # noqa: DTZ001 - as files have them
    "city": st.sampled_from(["Rome", " Oslo", "7", "07", "Kyïv", 'a,"b"\n;', "True"]) | MISSING_OR(),
}
TYPES = {
    "size": pa.float64(), "count": pa.int64(), "member": pa.bool_(), "since": pa.timestamp("us"), "city": pa.string(),
}  # fmt: skip
ANY_ENCODER = Encoder(
    (
        NumericEncoder("size"),
        NumericEncoder("count"),
        BooleanEncoder("member"),
        DatetimeEncoder("since"),
        CategoricalEncoder("city", ("Rome", "Oslo", "7", "Kyïv", 'a,"b"\n;', "True")),
    )
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries(TYPED), min_size=1, max_size=8))
def test_a_row_has_the_same_features_from_csv_parquet_and_a_frame(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()})
    pq.write_table(table, tmp_path / "rows.parquet")
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TYPES)
        writer.writerows(["" if row[name] is None else str(row[name]) for name in TYPES] for row in rows)
    from_parquet = ANY_ENCODER.apply(read_table(tmp_path / "rows.parquet"))
    assert_equal(from_parquet, ANY_ENCODER.apply(read_table(tmp_path / "rows.csv")))
    assert_equal(from_parquet, ANY_ENCODER.apply(table.to_pandas()))
