"""The target of rows with labels, read as `prepare` read it: class codes, or values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import column_of
from automl_model.encoding.notation import PLAIN, Notation, read_numbers
from automl_model.encoding.numeric import NumericEncoder
from automl_model.features import FIRST_LEVEL_CODE, MISSING_CODE, UNSEEN_CODE


def class_codes(name: str, classes: tuple[str, ...], data: Any, notation: Notation = PLAIN) -> NDArray[np.int64]:
    """For each row the place of its label in `classes`; negative where it is missing or no class."""
    column = column_of(data)
    encoder = CategoricalEncoder(name, classes)
    codes = encoder.encode(column)
    if column.texts:
        # Classes that are numbers are told apart by their value: "1.0" is the class 1.
        by_value = encoder.codes_of_numbers(column.texts.spread(read_numbers(column.texts, notation), np.nan))
        codes = np.where((codes == UNSEEN_CODE) & (by_value != MISSING_CODE), by_value, codes)
    return codes.astype(np.int64) - FIRST_LEVEL_CODE


def target_values(name: str, data: Any, notation: Notation = PLAIN) -> NDArray[np.float64]:
    """For each row its number, NaN where it is missing or infinite. Raises SchemaError where there is not one number."""
    column = column_of(data)
    NumericEncoder(name, notation).encode(column)
    values = column.texts.spread(read_numbers(column.texts, notation), np.nan) if column.texts else column.values
    return np.where(np.isfinite(values), values, np.nan)
