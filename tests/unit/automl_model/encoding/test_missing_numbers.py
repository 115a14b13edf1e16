"""The user's words for a missing value also apply to numbers and dates of any type."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_model.encoding import Encoder
from automl_model.encoding.boolean import BooleanEncoder
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.dates import DatetimeEncoder
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.options import missing_texts
from automl_model.encoding.target import target_values

ROWS = [-99.0, 1.5, 2.5]


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        pytest.param(["-99", "1.5", "2.5"], "-99", id="texts"),
        pytest.param(["-99.0", "1.5", "2.5"], "-99", id="texts of doubles"),
        pytest.param(["-99", "1.5", "2.5"], "-99.0", id="a word of a double"),
        pytest.param(["-9.9e1", "1.5", "2.5"], "-99.00", id="texts with exponents"),
        pytest.param(["-99", "1.5", "2.5"], " -99 ", id="spaces"),
        pytest.param(np.array(ROWS), "-99", id="doubles"),
        pytest.param(np.array([-99.9, 1.5, 2.5], np.float32), "-99.9", id="floats"),
        pytest.param(np.array([1e20, 1.5, 2.5]), "1e20", id="an exponent"),
        pytest.param(np.array([-99, 1, 2], np.int8), "-99", id="small integers"),
        pytest.param(np.array([1000, 1, 2]), "1e3", id="integers and an exponent"),
    ],
)
def test_a_number_that_the_user_names_is_missing_in_a_column_and_in_a_target(cells: Any, word: str) -> None:
    encoder = Encoder((NumericEncoder("x"),), missing=(word,))
    numbers = encoder.apply(pd.DataFrame({"x": cells})).numeric[:, 0]
    values = target_values("x", pa.array(cells), words=missing_texts((word,), text_source=False))
    for found in (numbers, values):
        assert np.isnan(found).tolist() == [True, False, False]


def test_a_number_that_the_user_names_is_missing_among_booleans() -> None:
    encoder = Encoder((BooleanEncoder("x"),), missing=("0",))
    numbers = encoder.apply(pd.DataFrame({"x": ["0", "1", "1"]})).numeric[:, 0]
    assert np.isnan(numbers).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param([datetime.date(2099, 12, 31), datetime.date(2024, 1, 1)], id="dates"),
        pytest.param(pd.to_datetime(["2099-12-31 00:00", "2024-01-01 07:30"]), id="times"),
        pytest.param(pd.to_datetime(["2099-12-31", "2024-01-01"]).tz_localize("UTC"), id="times in a zone"),
        pytest.param(["2099-12-31", "2024-01-01"], id="texts"),
    ],
)
def test_a_date_that_the_user_names_is_missing_whatever_its_type(cells: Any) -> None:
    encoder = Encoder((DatetimeEncoder("x", parts=("days",)),), missing=("-99", "2099-12-31", "soon"))
    days = encoder.apply(pd.DataFrame({"x": cells})).numeric[:, 0]
    assert np.isnan(days).tolist() == [True, False]


def test_a_code_is_not_a_number_and_spaces_around_a_word_do_not_matter() -> None:
    encoder = Encoder((CategoricalEncoder("x", ("099", "NA", "a")),), missing=("99", "NA "))
    codes = encoder.apply(pd.DataFrame({"x": ["099", "99", "99.0", "b", " b"]})).codes[:, 0]
    assert codes.tolist() == [2, 0, 0, 1, 1]
    assert Encoder((CategoricalEncoder("x", ("a",)),), missing=("b ",)).apply(pd.DataFrame({"x": ["b", "a"]})).codes[
        :, 0
    ].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("cells", "word", "missing"),
    [
        pytest.param(["7", "007", "8", "9"], "007", [False, True, False, False], id="texts"),
        pytest.param(["7.5", "07.50", "8", "9"], "07.5", [False, False, False, False], id="texts of decimals"),
        pytest.param([7, 8, 9], "007", [False, False, False], id="integers"),
        pytest.param([7.0, 8.5, 9.0], "-007", [False, False, False], id="doubles"),
        pytest.param([0, 8, 9], "0", [True, False, False], id="a zero is no code"),
        pytest.param(["0.5", "8", "9"], "0.50", [True, False, False], id="a zero before a point is no code"),
    ],
)
def test_a_word_with_leading_zeros_is_a_code_and_not_a_number(cells: Any, word: str, missing: list[bool]) -> None:
    words = missing_texts((word,), text_source=False)
    assert np.isnan(target_values("x", pa.array(cells), words=words)).tolist() == missing
    numbers = Encoder((NumericEncoder("x"),), missing=(word,)).apply(pd.DataFrame({"x": cells})).numeric[:, 0]
    assert np.isnan(numbers).tolist() == missing
