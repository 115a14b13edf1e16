"""The metrics of `automl_api.metrics`, computed alike by runner and bundle.

Only the metrics that need scikit-learn import it, because that import takes longer than a prediction.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.ranks import area, areas_between, midranks

Array = NDArray[Any]
Scorer = Callable[[Array, Array, Array | None], float]
"""Computes a metric from the target, the prediction in the form that the metric needs, and weights."""


def score(
    metric: str,
    target: Array,
    prediction: Array,
    weights: Array | None = None,
    threshold: float | NDArray[np.float64] = 0.5,
) -> float:
    """The score of predictions in one metric.

    target: class codes or values, shape (rows,). prediction: probabilities, shape (rows, classes), or values, shape
    (rows,). Of two classes, code 1 is the positive one. Labels are 1 where its probability reaches the threshold, which
    is one for all rows, or one for each row.
    Raises ValueError that names the metric where it is undefined: one class only, no rows, not finite.
    """
    if len(target) == 0:
        raise ValueError(f"{metric} is undefined without rows")
    if not np.isfinite(prediction).all():
        raise ValueError(f"{metric} is undefined: a prediction is not finite")
    if METRICS[metric].ranks:
        _require_classes(metric, target, prediction)
    if (target < METRICS[metric].lowest_target).any():
        raise ValueError(f"{metric} is undefined: the target is below {METRICS[metric].lowest_target:g} in some rows")
    needed = labels(prediction, threshold) if METRICS[metric].needs == "labels" else prediction
    value = SCORERS[metric](target, needed, weights)
    if not np.isfinite(value):
        raise ValueError(f"{metric} is undefined on these {len(target)} rows")
    return float(value)


def labels(prediction: Array, threshold: float | NDArray[np.float64] = 0.5) -> NDArray[np.int64]:
    """Class codes from probabilities: the most likely class; of two, the second where it reaches the threshold."""
    if prediction.shape[1] == 2:
        return np.asarray(prediction[:, 1] >= threshold, np.int64)
    return np.asarray(prediction.argmax(axis=1), np.int64)


def _require_classes(metric: str, target: Array, prediction: Array) -> None:
    present = np.unique(target)
    if len(present) < 2:
        raise ValueError(
            f"{metric} is undefined: only {len(present)} of {prediction.shape[1]} classes among these rows"
        )


def _roc_auc(target: Array, prediction: Array, weights: Array | None) -> float:
    return area(target == 1, prediction[:, 1], weights)


def _average_precision(target: Array, prediction: Array, weights: Array | None) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(target, prediction[:, 1], sample_weight=weights))


def _log_loss(target: Array, prediction: Array, weights: Array | None) -> float:
    tiny = np.finfo(np.float32).eps
    chosen = prediction[np.arange(len(target)), target.astype(np.int64)]
    return float(np.average(-np.log(np.clip(chosen, tiny, 1.0)), weights=weights))


def _roc_auc_ovr(target: Array, prediction: Array, weights: Array | None) -> float:
    """Mean over the classes in the target: a class without rows in a fold cannot be ranked there."""
    areas = [area(target == code, prediction[:, int(code)], weights) for code in np.unique(target)]
    return float(np.mean(areas))


def _roc_auc_ovo(target: Array, prediction: Array, weights: Array | None) -> float:
    """Mean over the pairs of classes in the target, as with `roc_auc_ovr`; scikit-learn's knows no weights."""
    return float(np.mean(areas_between(target, prediction, weights)))


def _f(average: str) -> Scorer:
    def scorer(target: Array, label: Array, weights: Array | None) -> float:
        from sklearn.metrics import f1_score

        return float(f1_score(target, label, average=average, sample_weight=weights, zero_division=0.0))

    return scorer


def _precision(target: Array, label: Array, weights: Array | None) -> float:
    from sklearn.metrics import precision_score

    return float(precision_score(target, label, sample_weight=weights, zero_division=0.0))


def _recall(target: Array, label: Array, weights: Array | None) -> float:
    from sklearn.metrics import recall_score

    return float(recall_score(target, label, sample_weight=weights, zero_division=0.0))


def _accuracy(target: Array, label: Array, weights: Array | None) -> float:
    return float(np.average(target == label, weights=weights))


def _balanced_accuracy(target: Array, label: Array, weights: Array | None) -> float:
    """Mean recall over the classes in the target; scikit-learn's warns when the prediction has other classes."""
    weights = np.ones(len(target)) if weights is None else weights
    recalls = [np.average(label[target == code] == code, weights=weights[target == code]) for code in np.unique(target)]
    return float(np.mean(recalls))


def _mcc(target: Array, label: Array, weights: Array | None) -> float:
    if len(np.unique(target)) < 2 and len(np.unique(label)) < 2:
        return 0.0
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(target, label, sample_weight=weights))


def _quadratic_kappa(target: Array, label: Array, weights: Array | None) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968), from moments instead of a table of all pairs of classes."""
    return float(1.0 - _mse(target, label, weights) / expected_squares(target, label[None], weights)[0])


def expected_squares(target: Array, values: Array, weights: Array | None) -> NDArray[np.float64]:
    """The mean squared difference of a target and unrelated values, shape (batch, rows); NaN where it is 0."""
    mean, means = np.average(target, weights=weights), np.average(values, axis=1, weights=weights)
    spread = np.average((target - mean) ** 2, weights=weights)
    spreads = np.average((values - means[:, None]) ** 2, axis=1, weights=weights)
    expected = spread + spreads + (mean - means) ** 2
    return np.where(expected > 0, expected, np.nan)


def _mse(target: Array, value: Array, weights: Array | None) -> float:
    return float(np.average((target - value) ** 2, weights=weights))


def _rmse(target: Array, value: Array, weights: Array | None) -> float:
    return float(np.sqrt(_mse(target, value, weights)))


def _mae(target: Array, value: Array, weights: Array | None) -> float:
    return float(np.average(np.abs(target - value), weights=weights))


def _median_absolute_error(target: Array, value: Array, weights: Array | None) -> float:
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(target, value, sample_weight=weights))


def _mape(target: Array, value: Array, weights: Array | None) -> float:
    from sklearn.metrics import mean_absolute_percentage_error

    return float(mean_absolute_percentage_error(target, value, sample_weight=weights))


def _smape(target: Array, value: Array, weights: Array | None) -> float:
    return float(np.average(relative_errors(target, value), weights=weights))


def relative_errors(target: Array, values: Array) -> NDArray[np.float64]:
    """Each error, divided by the mean size of target and value; 0 where both are 0."""
    size = (np.abs(target) + np.abs(values)) / 2
    return np.asarray(np.abs(target - values) / np.where(size > 0, size, 1.0))


def _rmsle(target: Array, value: Array, weights: Array | None) -> float:
    return _rmse(np.log1p(target), np.log1p(np.maximum(value, 0.0)), weights)


def _spearman(target: Array, value: Array, weights: Array | None) -> float:
    """The weighted correlation of ranks. scipy's knows no weights; 0 for a constant prediction, which ranks nothing."""
    ranks = midranks(np.stack([target, value]), weights)
    first, second = ranks - np.average(ranks, axis=1, weights=weights)[:, None]
    spreads = [np.average(part**2, weights=weights) for part in (first, second)]
    if spreads[0] == 0.0:
        raise ValueError("spearman is undefined: the target is constant among these rows")
    if spreads[1] == 0.0:
        return 0.0
    return float(np.average(first * second, weights=weights) / np.sqrt(spreads[0] * spreads[1]))


def _r2(target: Array, value: Array, weights: Array | None) -> float:
    spread = _mse(target, np.full(len(target), np.average(target, weights=weights)), weights)
    if spread == 0.0:
        raise ValueError("r2 is undefined: the target is constant among these rows")
    return 1.0 - _mse(target, value, weights) / spread


SCORERS: dict[str, Scorer] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "f1": _f("binary"),
    "precision": _precision,
    "recall": _recall,
    "log_loss": _log_loss,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "mcc": _mcc,
    "f1_macro": _f("macro"),
    "f1_weighted": _f("weighted"),
    "f1_micro": _accuracy,
    "quadratic_kappa": _quadratic_kappa,
    "roc_auc_ovr": _roc_auc_ovr,
    "roc_auc_ovo": _roc_auc_ovo,
    "rmse": _rmse,
    "mse": _mse,
    "mae": _mae,
    "median_absolute_error": _median_absolute_error,
    "mape": _mape,
    "smape": _smape,
    "rmsle": _rmsle,
    "r2": _r2,
    "spearman": _spearman,
}
