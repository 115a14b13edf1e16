"""The tables of formulas that compare a number with its mean within a category."""

import numpy as np
from numpy.typing import NDArray

from automl_model.features import UNSEEN_CODE, Features
from automl_model.generated_features import OF_GROUPS, Formula

_SMOOTHING = 1.0


def level_averages(
    formula: Formula, features: Features, weights: NDArray[np.float64] | None
) -> NDArray[np.float32] | None:
    """A formula's mean for each level, drawn towards the mean of all rows by one row; None for other kinds."""
    if formula.kind not in OF_GROUPS:
        return None
    number, category = formula.columns
    values, codes = features.numeric[:, number], features.codes[:, category]
    there = np.isfinite(values)
    counted = there.astype(np.float64) if weights is None else np.where(there, weights, 0.0)
    sums = np.where(there, values, 0.0) * counted
    prior = sums.sum() / max(counted.sum(), 1e-12)
    length = max(features.cardinalities[category], UNSEEN_CODE + 1)
    totals, counts = (np.bincount(codes, column, minlength=length) for column in (sums, counted))
    return np.asarray((totals + _SMOOTHING * prior) / (counts + _SMOOTHING), np.float32)
