"""A column of a DataFrame is read the same by fit and predict, or both refuse it by its name."""

import datetime
import decimal
import fractions
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_model.encoding.column import column_of
from automl_model.tables import TableError, spelled_columns, table_of, to_frame

A_UUID = uuid.UUID(int=7)
DAY, MOMENT = datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 2, 5)  # noqa: DTZ001 - as frames have them
IN_A_ZONE = datetime.datetime(2024, 1, 2, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
IN_ANOTHER = IN_A_ZONE.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
MIDNIGHT, AWARE = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02 03:00", tz="UTC")
HOUR, NANO = pd.Timedelta("1h"), pd.Timedelta(1, "ns")
TWO_KINDS = r'column "x" holds times with a time zone beside others that have none; give all of them one, for example with pd.to_'
MEANT: dict[str, tuple[pd.Series, list[Any]]] = {
    "sparse numbers": (pd.Series(pd.arrays.SparseArray([0, 0, 1])), [0, 0, 1]),
    "sparse with gaps": (pd.Series(pd.arrays.SparseArray([np.nan, 0.5])), [None, 0.5]),
    "sparse booleans": (pd.Series(pd.arrays.SparseArray([True, False])), [True, False]),
    "whole numbers beyond 64 bits": (pd.Series([10**30, 1, None], dtype=object), [10**30, 1, None]),
    "whole numbers of 70 digits": (pd.Series([10**70, 1], dtype=object), [10**70, 1]),
    "unsigned numbers": (pd.Series([2**63 + 5], dtype=object), [2**63 + 5]),
    "large numbers and fractions": (pd.Series([10**30, 1.5], dtype=object), [1e30, 1.5]),
    "long doubles": (pd.Series(np.array([1.5, 2], np.longdouble)), [1.5, 2.0]),
    "intervals of pd.cut": (pd.cut(pd.Series([0, 2, 9]), [-1, 1, 3]), ["(-1, 1]", "(1, 3]", None]),
    "intervals": (pd.Series(pd.interval_range(0, 2)), ["(0, 1]", "(1, 2]"]),
    "periods": (pd.Series(pd.period_range("2020-01", periods=2, freq="M")), [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-02-01")]),
    "periods as objects": (pd.Series([pd.Period("2020"), None], dtype=object), [pd.Timestamp("2020-01-01"), None]),
    "categories of periods": (pd.Series(pd.period_range("2020", periods=1, freq="Y")).astype("category"), [pd.Timestamp("2020-01-01")]),
    "numbers and texts": (pd.Series([1, "a", 2.5, None, True], dtype=object), ["1", "a", "2.5", None, "True"]),
    "texts and missing values of all types": (pd.Series(["a", True, np.float32("nan"), np.float16("nan"), np.datetime64("NaT"), np.timedelta64("NaT"), decimal.Decimal("nan"), pd.NA, pd.NaT, None, np.nan], dtype=object), ["a", "True", *[None] * 9]),
    "large numbers and nan": (pd.Series([2**63, np.float32("nan")], dtype=object), [2**63, None]),
    "categories of numbers and texts": (pd.Series(pd.Categorical([1, "a"])), ["1", "a"]),
    "identifiers": (pd.Series([A_UUID, None], dtype=object), [str(A_UUID), None]),
    "numpy's dates as objects": (pd.Series([np.datetime64("2020-01-31")], dtype=object), ["2020-01-31"]),
    "dates beside times": (pd.Series([DAY, MOMENT, None], dtype=object), [MIDNIGHT, MOMENT, None]),
    "times beside dates": (pd.Series([MOMENT, pd.NaT, DAY], dtype=object), [MOMENT, None, MIDNIGHT]),
    "times in several zones": (pd.Series([IN_A_ZONE, None, IN_ANOTHER, pd.NaT], dtype=object), [AWARE, None, AWARE + HOUR, None]),
    "fine times in several zones": (pd.Series([IN_A_ZONE, AWARE + NANO], dtype=object), [AWARE, AWARE + NANO]),
    "dates beside fine times": (pd.Series([DAY, MIDNIGHT + NANO, None], dtype=object), [MIDNIGHT, MIDNIGHT + NANO, None]),
    "fine times": (pd.Series([MIDNIGHT + NANO, MIDNIGHT], dtype=object), [MIDNIGHT + NANO, MIDNIGHT]),
    "dates beside stamps": (pd.Series([DAY, pd.Timestamp(MOMENT)], dtype=object), [MIDNIGHT, MOMENT]),
    "categories of dates and times": (pd.Series([DAY, MOMENT], dtype=object).astype(pd.CategoricalDtype([MOMENT, DAY])), [MIDNIGHT, MOMENT]),
    "dates": (pd.Series([DAY], dtype=object), [DAY]),
    "decimals": (pd.Series([decimal.Decimal("1.50")]), [decimal.Decimal("1.50")]),
    "lists": (pd.Series([[1], [2]]), [[1], [2]]),
    "nothing": (pd.Series([None, None], dtype=object), [None, None]),
}  # fmt: skip


@pytest.mark.parametrize(("column", "values"), MEANT.values(), ids=MEANT)
def test_a_column_is_read_as_expected(column: pd.Series, values: list[Any]) -> None:
    assert table_of(pd.DataFrame({"x": column})).column("x").to_pylist() == values


@pytest.mark.parametrize("column", [column for column, _ in MEANT.values()], ids=MEANT)
def test_new_rows_are_read_as_the_stored_ones(column: pd.Series) -> None:
    stored, new = column_of(table_of(pd.DataFrame({"x": column})).column("x")), column_of(column)
    assert stored.source == new.source
    assert np.array_equal(stored.values, new.values, equal_nan=True)
    assert (stored.texts is None) == (new.texts is None)


REFUSED = {
    "lone surrogates": (
        ["a\ud800", "b"],
        r"""column "x" holds the text 'a\\ud800', which is not valid Unicode; replace""",
    ),
    "surrogates among numbers": ([1, "a\ud800"], "which is not valid Unicode; replace the broken characters: frame"),
    "fractions": (
        [fractions.Fraction(1, 3)],
        'column "x" holds values of the type Fraction among others; turn it into',
    ),
    "paths": (
        [Path("/a"), 1],
        r"Path among others; turn it into numbers, dates or text, for example with frame\['x'\]\.astype",
    ),
    "lists beside others": ([[1], ["a"]], "holds values of the type list"),
    "a date beside a zone": ([DAY, IN_A_ZONE], TWO_KINDS),
    "a zone beside a date": ([IN_A_ZONE, DAY], TWO_KINDS),
    "a time beside a zone": ([MOMENT, IN_A_ZONE], TWO_KINDS),
    "a zone beside a time": ([IN_A_ZONE, pd.NaT, MOMENT], TWO_KINDS),
    "fine times beside the year 9000": (
        [MIDNIGHT + NANO, datetime.datetime(9000, 1, 1)],  # noqa: DTZ001
        'column "x" holds times with nanoseconds beside others that are too far',
    ),
    "whole numbers of 101 digits": ([10**100], "holds whole numbers of more than 76 digits; turn it into text"),
}


@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_an_unsupported_column_is_refused_by_its_name(values: list[Any], words: str) -> None:
    column = pd.Series(values, dtype=object)
    with pytest.raises(TableError, match=words):
        table_of(pd.DataFrame({"x": column}))
    with pytest.raises(TableError, match=words):
        column_of(column.rename("x"))


def test_numbers_beyond_floats_are_refused() -> None:
    for numbers, words in (
        (np.array([1j]), "holds complex numbers"),
        (np.array(["1e400"], np.longdouble), r"holds 1e\+400"),
    ):
        with pytest.raises(TableError, match=words):
            table_of(pd.DataFrame({"x": numbers}))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([1, "a"], r"the column name 1 is not text; rename it: frame\.columns"),
        ([("a", "b"), "c"], r"the column name \('a', 'b'\) is not text"),
        (["a", "a"], 'data has two columns named "a"; rename or drop'),
        (["a", "\ud800"], r"the column name '\\ud800' is not valid Unicode"),
    ],
    ids=["a number", "several levels", "twice", "a lone surrogate"],
)
def test_a_column_name_must_be_a_unique_text(columns: list[Any], words: str) -> None:
    frame = pd.DataFrame([[1, 2]])
    frame.columns = pd.Index(columns, dtype=object, tupleize_cols=False)
    with pytest.raises(TableError, match=words):
        table_of(frame)


def test_arrow_types_are_kept() -> None:
    table = pa.table({"a": pa.array([1, None], pa.int64()), "b": pa.array(["x", None]), "c": pa.array([True, False])})
    assert [str(kind) for kind in table_of(table.to_pandas(types_mapper=pd.ArrowDtype)).schema.types] == [
        "int64",
        "string",
        "bool",
    ]


def test_texts_beside_gaps_of_any_kind_are_texts() -> None:
    gaps = {name: pd.Series(["a", gap], dtype=object) for name, gap in {"a": None, "b": pd.NaT, "c": np.nan}.items()}
    assert spelled_columns(table_of(pd.DataFrame({**gaps, "x": pd.Series(["a", 1], dtype=object)}))) == {"x"}


def test_bytes_are_not_texts_however_they_are_stored() -> None:
    data = pa.array([b"a", b"b", b"a"])
    table = pa.table({"plain": data, "once": data.dictionary_encode(), "text": data.cast(pa.string())})
    assert spelled_columns(table) == {"plain", "once"}


def test_dates_outside_pythons_range_are_times_of_a_frame() -> None:
    table = pa.table({"x": pa.array([2_932_897, 0, None], pa.int32()).cast(pa.date32()), "y": ["a", "b", "c"]})
    new, stored = column_of(to_frame(table)["x"]), column_of(table.column("x"))
    assert new.source == stored.source == "time"
    assert np.array_equal(new.values, stored.values, equal_nan=True)
