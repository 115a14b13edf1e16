"""The target of rows with labels, read as `prepare` read it: class codes, or values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import column_of
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.reading import Notes
from automl_model.features import FIRST_LEVEL_CODE


def class_codes(
    name: str, classes: tuple[str, ...], data: Any, words: tuple[str, ...] = (), notes: Notes | None = None
) -> NDArray[np.int64]:
    """For each row the place of its label in `classes`; negative where it is missing or no class.

    `words`: texts that are a missing value, unless they are a class. The spaces around labels do not matter.
    """
    encoder = CategoricalEncoder(name, tuple(label.strip() for label in classes))
    (codes,) = encoder.encode(column_of(data, words), [] if notes is None else notes)
    return codes.astype(np.int64) - FIRST_LEVEL_CODE


def target_values(
    name: str,
    data: Any,
    notation: Notation = PLAIN,
    words: tuple[str, ...] = (),
    notes: Notes | None = None,
    *,
    whole: bool = False,
) -> NDArray[np.float64]:
    """For each row its number, NaN where it is missing or infinite. Raises SchemaError where most are no numbers."""
    encoder = NumericEncoder(name, notation, whole=whole)
    values = encoder.values(column_of(data, words), [] if notes is None else notes)
    return np.where(np.isfinite(values), values, np.nan)
