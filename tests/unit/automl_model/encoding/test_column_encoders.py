"""The features that each column encoder describes match the arrays that it makes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_model.encoding.boolean import BooleanEncoder
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import column_of
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.dates import DatetimeEncoder
from automl_model.encoding.numeric import NumericEncoder

ENCODERS: dict[str, tuple[ColumnEncoder, list[Any]]] = {
    "numeric": (NumericEncoder("x"), [1.5, None, 2.0]),
    "boolean": (BooleanEncoder("x"), [True, False, True]),
    "datetime": (DatetimeEncoder("x", parts=("days", "month")), ["2024-01-31", "2024-02-01", None]),
    "categorical": (CategoricalEncoder("x", ("Rome", "Oslo")), ["Oslo", "Paris", None]),
}


@pytest.mark.parametrize(("encoder", "values"), ENCODERS.values(), ids=ENCODERS)
def test_the_arrays_match_the_encoders_description(encoder: ColumnEncoder, values: list[Any]) -> None:
    arrays = encoder.encode(column_of(pd.Series(values)), [])
    assert len(arrays) == len(encoder.names)
    assert {array.dtype for array in arrays} == {np.dtype(np.int32 if encoder.output == "codes" else np.float32)}
    assert len(encoder.cardinalities) == (len(arrays) if encoder.output == "codes" else 0)
    for array, cardinality in zip(arrays, encoder.cardinalities, strict=False):
        assert array.max() == cardinality - 1


@pytest.mark.parametrize(("encoder", "values"), ENCODERS.values(), ids=ENCODERS)
def test_the_encoder_of_the_first_feature_makes_the_first_feature(encoder: ColumnEncoder, values: list[Any]) -> None:
    column = column_of(pd.Series(values))
    (alone,) = encoder.only([0]).encode(column, [])
    np.testing.assert_array_equal(alone, encoder.encode(column, [])[0])
