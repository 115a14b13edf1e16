"""The metrics that an experiment can optimise, with all their properties.

A new metric is an entry here and a function in `automl_model.scoring`. If a threshold is tuned for it, it needs another
function, in `automl_runner.thresholds`. A function for batches in `automl_runner.ensemble.objectives` is optional: it
makes the choice of the ensemble faster.
"""

from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Literal

Task = Literal["binary", "multiclass", "regression"]
Direction = Literal["maximize", "minimize"]

Loss = Literal["log_loss", "squared_error", "absolute_error", "percentage_error"]
"""A loss that a library can minimise. Each learner translates it to its library's name."""
Ranking = Literal["roc_auc", "average_precision"]
"""A metric that a library can watch instead of the loss for early stopping."""
Calibration = Literal["none", "temperature", "threshold"]

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Metric:
    """A metric as data."""

    name: str
    tasks: tuple[Task, ...]
    direction: Direction
    """The direction that is better."""
    bounds: tuple[float, float]
    """The lowest and the highest value."""
    needs: Literal["probabilities", "labels", "values"]
    """The input of the metric: probabilities, labels or values."""
    loss: Loss
    """The loss that learners minimise for it."""
    watched: Loss | Ranking
    """The metric that learners watch for early stopping, where their libraries can."""
    calibration: Calibration = "none"
    """The value that is tuned after training. A threshold is tuned only for two classes."""
    ranks: bool = False
    """True when it ranks rows by a probability, so that it is undefined on rows of one class."""
    true_class_only: bool = False
    """True when it reads only the probability of each row's true class."""
    ordered: bool = False
    """True when it depends on the order of the classes: by number where all labels are numbers, else by text."""
    lowest_target: float = -inf
    """The lowest target that it is defined for."""
    definition: str = ""
    """Its definition, where users may know another one by this name."""

    @property
    def sign(self) -> int:
        """1 where greater is better, -1 where smaller is: a greater `sign * score` is always better."""
        return 1 if self.direction == "maximize" else -1

    @property
    def is_bounded(self) -> bool:
        """True when it has a lowest and a highest value; an error has no highest one."""
        return all(map(isfinite, self.bounds))

    def better(self, score: float, than: float) -> bool:
        """True when `score` is strictly better than `than`."""
        return self.sign * score > self.sign * than


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_SHARE = (0.0, 1.0)
_AGREEMENT = (-1.0, 1.0)
_ERROR = (0.0, inf)


def _of_probabilities(
    name: str, tasks: tuple[Task, ...], watched: Loss | Ranking = "log_loss", definition: str = ""
) -> Metric:
    return Metric(
        name, tasks, "maximize", _SHARE, "probabilities", "log_loss", watched, ranks=True, definition=definition
    )


def _of_labels(
    name: str,
    tasks: tuple[Task, ...],
    bounds: tuple[float, float] = _SHARE,
    calibration: Calibration = "none",
) -> Metric:
    return Metric(name, tasks, "maximize", bounds, "labels", "log_loss", "log_loss", calibration)


def _error(name: str, loss: Loss, *, bounds: tuple[float, float] = _ERROR, **more: Any) -> Metric:
    return Metric(name, ("regression",), "minimize", bounds, "values", loss, loss, **more)


_ALL = (
    _of_probabilities("roc_auc", ("binary",), "roc_auc"),
    _of_probabilities("average_precision", ("binary",), "average_precision"),
    _of_labels("f1", ("binary",), calibration="threshold"),
    _of_labels("precision", ("binary",)),
    _of_labels("recall", ("binary",)),
    Metric(
        "log_loss",
        _CLASSES,
        "minimize",
        _ERROR,
        "probabilities",
        "log_loss",
        "log_loss",
        calibration="temperature",
        true_class_only=True,
    ),
    _of_labels("accuracy", _CLASSES),
    _of_labels("balanced_accuracy", _CLASSES, calibration="threshold"),
    _of_labels("mcc", _CLASSES, _AGREEMENT, "threshold"),
    _of_labels("f1_macro", ("multiclass",)),
    _of_labels("f1_weighted", ("multiclass",)),
    _of_labels("f1_micro", ("multiclass",)),
    Metric(
        "quadratic_kappa",
        ("multiclass",),
        "maximize",
        _AGREEMENT,
        "labels",
        "log_loss",
        "log_loss",
        ordered=True,
        definition=(
            "Cohen's kappa with the squared distance of the classes as weight. Labels that are numbers are ordered by"
            " value, others by text; neighbours in this order are one apart."
        ),
    ),
    _of_probabilities("roc_auc_ovr", ("multiclass",)),
    _of_probabilities(
        "roc_auc_ovo",
        ("multiclass",),
        definition="The mean over all pairs of classes that occur, each class ranked by its own probability (Hand and Till 2001).",
    ),
    _error("rmse", "squared_error"),
    _error("mse", "squared_error"),
    _error("mae", "absolute_error"),
    _error("median_absolute_error", "absolute_error"),
    _error("mape", "percentage_error"),
    _error(
        "smape",
        "absolute_error",
        bounds=(0.0, 2.0),
        definition="The mean of |y - p| / ((|y| + |p|) / 2), from 0 to 2; 0 where both are 0.",
    ),
    _error(
        "rmsle",
        "absolute_error",
        lowest_target=0.0,
        definition=(
            "The root of the mean squared difference of log(1 + y) and log(1 + p). A negative target is refused; a"
            " negative prediction counts as 0."
        ),
    ),
    Metric("r2", ("regression",), "maximize", (-inf, 1.0), "values", "squared_error", "squared_error"),
    Metric(
        "spearman",
        ("regression",),
        "maximize",
        _AGREEMENT,
        "values",
        "squared_error",
        "squared_error",
        definition=(
            "The correlation of the ranks of y and p; ties share their mean rank, and a weight counts like so many"
            " rows. 0 where p is constant."
        ),
    ),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
DEFAULT_METRIC: dict[Task, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
RARE_CLASS_METRIC = "average_precision"
"""The metric to suggest where one class is rare, because it depends on that class more than the default does."""

if TYPE_CHECKING:
    MetricName = str
else:
    MetricName = Literal["auto", *METRICS]
"""The names that users may write. The list is built at runtime, so that each name is written once."""


def metrics_of(task: Task) -> tuple[str, ...]:
    """The names of the metrics that fit a task, its default first."""
    names = [metric.name for metric in _ALL if task in metric.tasks]
    return tuple(sorted(names, key=lambda name: name != DEFAULT_METRIC[task]))


def tuned_by(calibration: Calibration) -> tuple[str, ...]:
    """The names of the metrics that are tuned in this way after training."""
    return tuple(metric.name for metric in _ALL if metric.calibration == calibration)
