"""The interface of a learner: a descriptor that needs no library, and a fit that imports it."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from automl_api.base import Scalar
from automl_api.metrics import Task
from automl_api.resources.search_space import Parameter
from automl_model.estimators import Estimator
from automl_model.features import Features


@dataclass(frozen=True)
class Shape:
    """The size of a training set, from which a descriptor predicts time and memory. `classes` is 1 for regression."""

    rows: int
    numeric_columns: int
    categorical_columns: int
    cardinality: int
    """The sum of the categorical columns' cardinalities."""
    classes: int
    task: Task
    text_columns: int = 0
    text_bytes: int = 0
    """The bytes of all texts in UTF-8."""
    cycles: int = 0
    """The numeric columns that begin anew after some values, such as hours."""
    skewed_target: bool = False
    """True for values whose logarithm has a shorter tail."""


@dataclass(frozen=True)
class Descriptor:
    """A learner as data: its imports, space, default, portfolio and needs."""

    name: str
    library: str
    """The top-level module that its fit imports; a runner without it does not announce the learner."""
    modules: tuple[str, ...]
    """The modules that its fit imports, in order. A runner imports them once, and forks its fits afterwards."""
    estimator: str
    """The kind of its models: `forest` is a model of `automl_model.estimators.forest_model`."""
    tasks: tuple[Task, ...]
    views: tuple[str, ...]
    space: Callable[[Shape], tuple[Parameter, ...]]
    default: Callable[[Shape], dict[str, Scalar]]
    portfolio: Callable[[Shape], tuple[dict[str, Scalar], ...]]
    seconds: Callable[[Shape], float]
    """Predicted time of one fit with the default parameters on one core; a formula, so it is the same everywhere."""
    memory_bytes: Callable[[Shape], int]
    early_views: tuple[str, ...] = ()
    """The views beside the first that its default is tried with before its portfolio."""
    extra: str = "runner"
    """The extra of this project that installs the library."""
    reads_text: bool = False
    """True when it reads columns of texts, and needs one. Others ignore these columns, except through a view."""
    accelerator: str = ""
    """The extended resource without which it cannot train (nvidia.com/gpu, google.com/tpu); empty: a core is enough."""


@dataclass(frozen=True)
class TrainingSet:
    """Rows to learn from or to validate on. Target: float64 values, or int64 class codes 0..classes-1.

    groups: for each row the number of its group, or of its part of time; None where every row is independent.
    """

    features: Features
    target: NDArray[np.float64] | NDArray[np.int64]
    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None


def unlimited() -> float:
    """Infinitely many seconds are left: training may take as long as it needs."""
    return math.inf


@dataclass(frozen=True)
class FitContext:
    """The facts that a fit may use besides the rows. One core: no learner starts threads of its own."""

    task: Task
    classes: int
    metric: str
    seed: int
    rounds: int = 0
    """The boosting rounds to train without validation rows; 0: the number in the parameters."""
    seconds_left: Callable[[], float] = unlimited
    """The seconds until training must end. A learner that trains in rounds returns the rounds that it had time for."""


def training_shape(train: TrainingSet, context: FitContext) -> Shape:
    """The shape of some rows, for the predictions of a descriptor."""
    features, classes = train.features, 1 if context.task == "regression" else context.classes
    return Shape(
        len(train.target),
        features.numeric.shape[1],
        features.codes.shape[1],
        sum(features.cardinalities),
        classes,
        context.task,
        len(features.texts),
        sum(column.bytes for column in features.texts),
        len(features.cycles),
    )


@dataclass(frozen=True)
class Fitted:
    """A fitted model: the estimator of the bundle, the resolved parameters, and its rounds or trees (0: none)."""

    estimator: Estimator
    parameters: dict[str, Scalar] = field(default_factory=dict)
    rounds: int = 0


class LearnerRefused(Exception):
    """The learner will not train with these parameters on these rows: a failure of the configuration."""


@contextmanager
def refusing(library: str, error: type[Exception]) -> Iterator[None]:
    """Raise LearnerRefused in place of `error`, which a library raises when it will not train."""
    try:
        yield
    except error as refused:
        raise LearnerRefused(f"{library} refuses: {refused}") from refused


class Learner(Protocol):
    """A model family: one file, which names it in `REGISTERED`. The suite tests/contracts/learner.py finds it."""

    descriptor: Descriptor

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """Train on `train`. `valid` may end boosting early; without it, `context.rounds` ends it.

        Raises LearnerRefused; anything else that it raises is a bug.
        """
        ...
