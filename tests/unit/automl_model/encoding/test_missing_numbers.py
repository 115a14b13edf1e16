"""The user's words for a missing value hold for numbers, whatever they come as."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_model.encoding import Encoder
from automl_model.encoding.boolean import BooleanEncoder
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.target import target_values

ROWS = [-99.0, 1.5, 2.5]


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        pytest.param(["-99", "1.5", "2.5"], "-99", id="texts"),
        pytest.param(np.array(ROWS), "-99", id="doubles"),
        pytest.param(np.array([-99.9, 1.5, 2.5], np.float32), "-99.9", id="floats"),
        pytest.param(np.array([1e20, 1.5, 2.5]), "1e20", id="an exponent"),
        pytest.param(np.array([-99, 1, 2], np.int8), "-99", id="small integers"),
    ],
)
def test_a_word_is_missing_in_a_column_and_in_a_target(cells: Any, word: str) -> None:
    encoder = Encoder((NumericEncoder("x"),), missing=(word,))
    numbers = encoder.apply(pd.DataFrame({"x": cells})).numeric[:, 0]
    values = target_values("x", pa.array(cells), words=(word,))
    for found in (numbers, values):
        assert np.isnan(found).tolist() == [True, False, False]


def test_a_word_is_missing_among_truth_values() -> None:
    encoder = Encoder((BooleanEncoder("x"),), missing=("0",))
    numbers = encoder.apply(pd.DataFrame({"x": ["0", "1", "1"]})).numeric[:, 0]
    assert np.isnan(numbers).tolist() == [True, False, False]
