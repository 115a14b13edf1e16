"""The scaling of numeric columns that models without trees share: it imputes, bends, scales and clips numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import Array, array, inside, require

BOUND = 5.0
_PREFIX = "scaling_"


@dataclass(frozen=True)
class NumericScaling:
    """The scaling of each numeric column to about unit scale; see `scale_numeric`.

    median, center, scale: shape (columns,). flagged: the columns with an indicator of missing values.
    bent: the columns that are mapped through their quantiles. knots, heights: shape (len(bent), knots).
    """

    median: NDArray[np.float64]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    flagged: NDArray[np.int64]
    bent: NDArray[np.int64]
    knots: NDArray[np.float64]
    heights: NDArray[np.float64]


def arrays_of_scaling(scaling: NumericScaling) -> dict[str, Array]:
    """The scaling as named arrays, for a file."""
    return {f"{_PREFIX}{name}": value for name, value in vars(scaling).items()}


def read_scaling(arrays: Mapping[str, Array]) -> NumericScaling:
    """The scaling of `arrays_of_scaling`. Raises ValueError for any other arrays."""
    median = array(arrays, f"{_PREFIX}median", np.float64, None)
    center, scale = (array(arrays, f"{_PREFIX}{name}", np.float64, len(median)) for name in ("center", "scale"))
    flagged, bent = (array(arrays, f"{_PREFIX}{name}", np.int64, None) for name in ("flagged", "bent"))
    for name, columns in ((f"{_PREFIX}flagged", flagged), (f"{_PREFIX}bent", bent)):
        inside(columns, 0, len(median), name)
    knots = array(arrays, f"{_PREFIX}knots", np.float64, len(bent), None)
    heights = array(arrays, f"{_PREFIX}heights", np.float64, *knots.shape)
    require(scale > 0, "the model scales by zero")
    require(knots.shape[1] > 0 or not len(bent), "the model bends columns without knots")
    return NumericScaling(median, center, scale, flagged, bent, knots, heights)


def scale_numeric(scaling: NumericScaling, numeric: NDArray[np.float32]) -> NDArray[np.float64]:
    """Numeric columns, scaled and clipped to +-BOUND, then the indicators: shape (rows, columns + flagged)."""
    width = numeric.shape[1]
    scaled = np.empty((len(numeric), width + len(scaling.flagged)), order="F")
    scaled[:, :width] = numeric
    missing = np.isnan(scaled[:, :width])
    scaled[:, width:] = missing[:, scaling.flagged]
    values = scaled[:, :width]
    np.copyto(values, scaling.median, where=missing)
    for place, column in enumerate(scaling.bent):
        values[:, column] = np.interp(values[:, column], scaling.knots[place], scaling.heights[place])
    values -= scaling.center
    values /= scaling.scale
    np.clip(values, -BOUND, BOUND, out=values)
    return scaled
