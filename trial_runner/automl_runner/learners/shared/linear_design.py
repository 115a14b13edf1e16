"""The design matrix of the linear learner, and the conversion of its weights to the tables that the bundle keeps."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from automl_model.estimators.linear_model import LinearModel, scaled_with_waves
from automl_model.estimators.scaling import BOUND, NumericScaling
from automl_model.features import UNSEEN_CODE, Cycle, Features

MAX_LEVELS = 100
MIN_LEVEL_ROWS = 2
_KNOTS = 33
_SAMPLE_ROWS = 50_000


@dataclass(frozen=True)
class DesignLayout:
    """The order of the design columns: the scaled numbers, the waves of cycles, each categorical column's levels.

    places: for each categorical column the design column of each code, or -1.
    """

    scaling: NumericScaling
    cycles: tuple[Cycle, ...]
    numeric_width: int
    places: tuple[NDArray[np.int64], ...]

    def model(self, weights: NDArray[np.float64], intercept: NDArray[np.float64], classes: int) -> LinearModel:
        """The bundle's model. weights: shape (design columns, outputs)."""
        padded = np.vstack([weights, np.zeros((1, weights.shape[1]))])
        tables = tuple(padded[places] for places in self.places)
        return LinearModel(classes, self.scaling, weights[: self.numeric_width], intercept, tables, self.cycles)


def design(features: Features, skew_threshold: float) -> tuple[Any, DesignLayout]:
    """The matrix of training rows and its layout. With categorical columns the matrix is sparse, else dense."""
    scaling = fit_scaling(features.numeric, skew_threshold)
    scaled = scaled_with_waves(scaling, features.cycles, features.numeric)
    places = places_of_levels(features)
    width = scaled.shape[1]
    layout = DesignLayout(scaling, features.cycles, width, tuple(np.where(own >= 0, own + width, -1) for own in places))
    if not places:
        return scaled, layout
    levels = one_hot(features, places)
    return scipy.sparse.hstack([scipy.sparse.csr_array(scaled), levels], format="csr"), layout


def places_of_levels(features: Features) -> tuple[NDArray[np.int64], ...]:
    """For each categorical column the one-hot column of each code, or -1. They count from 0 over all columns."""
    start, found = 0, []
    for column, cardinality in enumerate(features.cardinalities):
        own = _level_places(features.codes[:, column], cardinality)
        found.append(np.where(own >= 0, own + start, -1))
        start += int(own.max()) + 1
    return tuple(found)


def one_hot(features: Features, places: tuple[NDArray[np.int64], ...]) -> Any:
    """The sparse one-hot matrix of the levels that have a place, shape (rows, places)."""
    width = max((int(own.max()) + 1 for own in places), default=0)
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for column, own in enumerate(places):
        codes = features.codes[:, column]
        found = own[np.where(codes < len(own), codes, UNSEEN_CODE)]
        shown = np.flatnonzero(found >= 0)
        rows.append(shown)
        columns.append(found[shown])
    ones = np.ones(sum(map(len, rows)), np.float32)
    return scipy.sparse.csr_array((ones, (np.concatenate(rows), np.concatenate(columns))), shape=(len(features), width))


def _level_places(codes: NDArray[np.int32], cardinality: int) -> NDArray[np.int64]:
    """Each code's place among the one-hot columns, or -1. The most frequent levels with at least two rows have one."""
    counts = np.bincount(codes, minlength=max(cardinality, UNSEEN_CODE + 1))
    kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
    kept = np.sort(kept[counts[kept] >= MIN_LEVEL_ROWS])
    places = np.full(len(counts), -1, np.int64)
    places[kept] = np.arange(len(kept))
    return places


def fit_scaling(numeric: NDArray[np.float32], skew_threshold: float) -> NumericScaling:
    """Medians and robust scales, from at most 50,000 evenly spaced rows."""
    sample = numeric[:: max(1, len(numeric) // _SAMPLE_ROWS)].astype(np.float64)
    width = numeric.shape[1]
    median, center, scale = np.zeros(width), np.zeros(width), np.ones(width)
    bent: list[int] = []
    knots, heights = [], []
    for column in range(width):
        values = sample[:, column]
        values = values[~np.isnan(values)]
        if len(values) == 0:
            continue
        median[column] = np.median(values)
        if abs(_skew(values)) > skew_threshold:
            bent.append(column)
            at, height = _bend(values)
            knots.append(at)
            heights.append(height)
            values = np.interp(values, at, height)
        center[column], scale[column] = np.median(values), _robust_scale(values)
    flagged = np.flatnonzero(np.isnan(numeric).any(axis=0))
    shape = (len(bent), _KNOTS)
    return NumericScaling(
        median, center, scale, flagged, np.array(bent, np.int64),
        np.array(knots).reshape(shape), np.array(heights).reshape(shape),
    )  # fmt: skip


def _skew(values: NDArray[np.float64]) -> float:
    spread = values.std()
    return 0.0 if spread == 0.0 else float((((values - values.mean()) / spread) ** 3).mean())


def _bend(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of the values, and normal quantiles at the middle of their ranks, so that ties share one height."""
    levels = np.linspace(0.0, 1.0, _KNOTS)
    at = np.quantile(values, levels)
    ordered = np.sort(values)
    ranks = (np.searchsorted(ordered, at, "left") + np.searchsorted(ordered, at, "right")) / (2 * len(values))
    normal = NormalDist()
    return at, np.array([normal.inv_cdf(float(np.clip(rank, 0.002, 0.998))) for rank in ranks])


def _robust_scale(values: NDArray[np.float64]) -> float:
    """A third of the distance between the 5 % and 95 % quantiles, else the standard deviation, else BOUND: never 0."""
    low, high = np.quantile(values, (0.05, 0.95))
    if high > low:
        return float(high - low) / 3.0
    spread = float(values.std())
    return spread if spread > 0.0 else float(BOUND)
