"""Typed columns in CSV, parquet and DataFrames: values stay apart and come back, or a note or an error says why not."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from automl_model.encoding import SchemaError
from automl_model.encoding.literals import MISSING
from automl_model.tables import TableError
from automl_runner.failures import WorkFailed
from builders.reading import SOURCES, labels, learned, target_of

WORDS = (
    "NA", "None", "nan", "?", "-", "", "unknown", "yes", "no", "y", "N", "T", "F", "True", "FALSE", "0", "1", "01", "007",
    "1.0", "1.1", "1.10", "+1", "-0", "0.0", "1e5", "100000", "1,5", "1,234", "1.234", "980", "12.345", "12 kg", "13 kg",
    "5%", "$5", "<1.0", "#DIV/0!", "inf", "1e999", "9007199254740993", "9007199254740992", "18446744073709551616",
    "2024-01-31", "2024-1-5", "31.01.2024", "05/06/2024", "25/12/2024", "2024.01.31", "07:30", "7:30 AM", "Jan 2024",
    " a", "a", "a ", "Größe", "1_000",
)  # fmt: skip
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20) | st.integers(2**62, 2**62 + 5),
    "uint64": st.integers(0, 2**64 - 1) | st.integers(2**64 - 5, 2**64 - 1),
    "int8": st.integers(-128, 127),
    "float64": st.floats(allow_nan=False) | st.floats(0, 1e-40) | st.sampled_from([0.0, 1.0, 2.0, 1.5]),
    "float32": st.floats(width=32, allow_nan=False),
    "bool": st.booleans(),
    "text": st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5),
    "datetime": st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)),  # noqa: DTZ001
    "date": st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)),
    "duration": st.timedeltas(datetime.timedelta(-1000), datetime.timedelta(1000)),
    "category": st.integers(0, 5),
}


def column(kind: str, values: list[Any], source: str) -> Any:
    """Values as a column of their type."""
    if source == "csv":
        return [None if value is None else np.float32(value) if kind == "float32" else value for value in values]
    if kind == "category":
        return pd.Categorical(values)
    if kind in ("text", "date"):
        return pd.Series(values, dtype=object)
    if kind in ("datetime", "duration"):
        return pd.Series(values)
    nullable = kind[0].upper() + kind[1:] if kind != "uint64" else "UInt64"
    return pd.Series(values, dtype={"bool": "boolean"}.get(kind, nullable))


TYPED = st.sampled_from(sorted(SCALARS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(SCALARS[kind] | st.none(), min_size=2, max_size=6))
)


def distinct(values: list[Any], source: str, kind: str) -> int:
    """Number of different cells. In CSV a missing value is an empty text, or among numbers a word for it."""
    if source != "csv":
        return len(set(values))
    cells = {"" if value is None else str(value).replace("-0.0", "0.0") for value in values}
    return len(cells if kind == "categorical" else {"" if cell.strip() in MISSING else cell for cell in cells})


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_a_feature_keeps_its_values_apart_or_says_why_not(
    source: str, tmp_path: Path, typed: tuple[str, list[Any]]
) -> None:
    kind, values = typed
    rows = values * 2  # a level needs two rows
    try:
        found = learned(column(kind, rows, source), source, tmp_path)
    except (WorkFailed, TableError):
        return
    if found.distinct < distinct(values, source, found.kind):
        assert found.warning_text
    if found.kind == "ignored":
        assert found.warning_text
        return
    features, _ = found.read(column(kind, rows, source), source, tmp_path)
    arrays = features.codes if found.kind == "categorical" else features.numeric
    np.testing.assert_array_equal(arrays[:, 0], found.table.columns[0].arrays[0])


@pytest.mark.parametrize(("source", "other"), [("csv", "frame"), ("frame", "csv"), ("parquet", "csv")])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_a_file_and_a_frame_of_the_same_rows_agree_or_a_note_says_why_not(
    source: str, other: str, tmp_path: Path, typed: tuple[str, list[Any]]
) -> None:
    kind, values = typed
    assume(kind != "float32")  # a CSV of these holds other numbers, rounded to fewer digits
    try:
        found = learned(column(kind, values * 2, source), source, tmp_path)
        if not found.table.columns:
            return
        features, notes = found.read(column(kind, values * 2, other), other, tmp_path)
    except (WorkFailed, TableError, SchemaError):
        return
    if not notes:
        arrays = features.codes if found.kind == "categorical" else features.numeric
        np.testing.assert_array_equal(arrays[:, 0], found.table.columns[0].arrays[0])


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED, often=st.sampled_from([1, 10]))
def test_labels_come_back_or_a_note_says_why_not(
    source: str, tmp_path: Path, typed: tuple[str, list[Any]], often: int
) -> None:
    kind, values = typed
    rows = column(kind, values * often, source)
    try:
        target = target_of(rows, source, tmp_path)
    except (WorkFailed, TableError):
        return
    if target.warnings:
        return
    assert target.present.all()
    if target.task == "regression":
        assert target.values.tolist() == [float(str(value) if source == "csv" else value) for value in rows]
    elif source == "csv":
        assert [str(value) for value in labels(target)] == [str(value) for value in rows]
    else:
        assert labels(target) == list(rows)
