"""Reads the target of labelled rows as `prepare` read it: as class codes or values."""

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
    """The place of each row's label in `classes`; negative if it is missing or not a class.

    words: texts that are missing values unless they are a class. Spaces around labels do not matter.
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
    """The number of each row, NaN if it is missing or infinite. Raises SchemaError if most are not numbers."""
    encoder = NumericEncoder(name, notation, whole=whole)
    values = encoder.values(column_of(data, words), [] if notes is None else notes)
    return np.where(np.isfinite(values), values, np.nan)
