"""Tunes a temperature, a threshold or nothing after blending, as `automl_api.metrics` says for each metric."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.calibration import Calibration
from automl_runner.temperature_scaling import LEAST_ROWS, best_temperature, loss_table
from automl_runner.thresholds import best_thresholds, has_threshold

Array = NDArray[Any]
_MAX_ROWS = 50_000


def calibrate(metric: str, target: Array, prediction: Array, weights: Array | None) -> Calibration:
    """The best calibration for the metric on these rows; none for metrics without one, and on few rows.

    prediction: probabilities, shape (rows, classes), or values.
    """
    if len(target) < LEAST_ROWS or prediction.ndim != 2:
        return Calibration()
    step = max(1, len(target) // _MAX_ROWS)
    target, prediction = target[::step], prediction[::step]
    weights = None if weights is None else weights[::step]
    if METRICS[metric].calibration == "temperature":
        (losses,) = loss_table(prediction, target, weights, [np.arange(len(target))])
        return Calibration(temperature=best_temperature(losses))
    if has_threshold(metric, prediction):
        _, thresholds = best_thresholds(metric, prediction[None, :, 1], target, weights)
        return Calibration(threshold=float(thresholds[0]))
    return Calibration()
