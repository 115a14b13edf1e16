"""The metrics of `automl_api.metrics`, computed alike by runner and bundle.

Only the metrics that need scikit-learn import it, because that import takes longer than a prediction.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS

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


def _area(positive: Array, value: Array, weights: Array | None) -> float:
    """The share of pairs in the right order; ties count half. With few rows scikit-learn takes 100 times as long."""
    weights = np.ones(len(value)) if weights is None else weights
    order = np.argsort(value, kind="stable")
    ordered = value[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    hits = np.add.reduceat((weights * positive)[order], starts)
    others = np.add.reduceat((weights * ~positive)[order], starts)
    below = np.cumsum(others) - others
    return float((hits * (below + others / 2)).sum() / (hits.sum() * others.sum()))


def _roc_auc(target: Array, prediction: Array, weights: Array | None) -> float:
    return _area(target == 1, prediction[:, 1], weights)


def _average_precision(target: Array, prediction: Array, weights: Array | None) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(target, prediction[:, 1], sample_weight=weights))


def _log_loss(target: Array, prediction: Array, weights: Array | None) -> float:
    tiny = np.finfo(np.float32).eps
    chosen = prediction[np.arange(len(target)), target.astype(np.int64)]
    return float(np.average(-np.log(np.clip(chosen, tiny, 1.0)), weights=weights))


def _roc_auc_ovr(target: Array, prediction: Array, weights: Array | None) -> float:
    """Mean over the classes in the target: a class without rows in a fold cannot be ranked there."""
    areas = [_area(target == code, prediction[:, int(code)], weights) for code in np.unique(target)]
    return float(np.mean(areas))


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
    "roc_auc_ovr": _roc_auc_ovr,
    "rmse": _rmse,
    "mse": _mse,
    "mae": _mae,
    "median_absolute_error": _median_absolute_error,
    "mape": _mape,
    "r2": _r2,
}
