"""The metrics that an experiment can optimise: their names, tasks and directions.

How each is computed is the bundle's business (`automl_model.scoring`); this is what all sides must agree on.
"""

from dataclasses import dataclass
from typing import Literal

Task = Literal["binary", "multiclass", "regression"]
Direction = Literal["maximize", "minimize"]

MetricName = Literal[
    "auto",
    "roc_auc",
    "average_precision",
    "f1",
    "precision",
    "recall",
    "log_loss",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "f1_macro",
    "f1_weighted",
    "roc_auc_ovr",
    "rmse",
    "mse",
    "mae",
    "median_absolute_error",
    "mape",
    "r2",
]
"""What users may write: `auto`, or the name of one of `METRICS` (a test holds the two together)."""

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Metric:
    """A metric: `direction` says which way is better, `needs` whether it reads probabilities or labels."""

    name: str
    tasks: tuple[Task, ...]
    direction: Direction
    needs: Literal["probabilities", "labels", "values"]

    @property
    def sign(self) -> int:
        """1 where greater is better, -1 where smaller is: `sign * score` is always to be maximised."""
        return 1 if self.direction == "maximize" else -1

    def better(self, score: float, than: float) -> bool:
        """Whether a score beats another one strictly."""
        return self.sign * score > self.sign * than


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_ALL = (
    Metric("roc_auc", ("binary",), "maximize", "probabilities"),
    Metric("average_precision", ("binary",), "maximize", "probabilities"),
    Metric("f1", ("binary",), "maximize", "labels"),
    Metric("precision", ("binary",), "maximize", "labels"),
    Metric("recall", ("binary",), "maximize", "labels"),
    Metric("log_loss", _CLASSES, "minimize", "probabilities"),
    Metric("accuracy", _CLASSES, "maximize", "labels"),
    Metric("balanced_accuracy", _CLASSES, "maximize", "labels"),
    Metric("mcc", _CLASSES, "maximize", "labels"),
    Metric("f1_macro", ("multiclass",), "maximize", "labels"),
    Metric("f1_weighted", ("multiclass",), "maximize", "labels"),
    Metric("roc_auc_ovr", ("multiclass",), "maximize", "probabilities"),
    Metric("rmse", ("regression",), "minimize", "values"),
    Metric("mse", ("regression",), "minimize", "values"),
    Metric("mae", ("regression",), "minimize", "values"),
    Metric("median_absolute_error", ("regression",), "minimize", "values"),
    Metric("mape", ("regression",), "minimize", "values"),
    Metric("r2", ("regression",), "maximize", "values"),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
DEFAULT_METRIC: dict[Task, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def metrics_of(task: Task) -> tuple[str, ...]:
    """The names of the metrics that fit a task, its default first."""
    names = [metric.name for metric in _ALL if task in metric.tasks]
    return tuple(sorted(names, key=lambda name: name != DEFAULT_METRIC[task]))
