"""Learners: model families, each a file with its descriptor and one line here."""

from importlib.util import find_spec

from automl_runner.learners.extra_trees import ExtraTrees
from automl_runner.learners.hist_gradient_boosting import HistGradientBoosting
from automl_runner.learners.learner import Descriptor, Learner
from automl_runner.learners.lightgbm import LightGBM
from automl_runner.learners.linear import Linear
from automl_runner.learners.random_forest import RandomForest

_ALL: tuple[Learner, ...] = (
    Linear(),
    LightGBM(),
    HistGradientBoosting(),
    RandomForest(),
    ExtraTrees(),
)
LEARNERS: dict[str, Learner] = {learner.descriptor.name: learner for learner in _ALL}


def descriptors() -> tuple[Descriptor, ...]:
    """What every learner is, no library needed."""
    return tuple(learner.descriptor for learner in _ALL)


def available() -> tuple[str, ...]:
    """The learners whose libraries this machine has; nothing is imported."""
    return tuple(found.name for found in descriptors() if find_spec(found.library) is not None)


__all__ = ["LEARNERS", "Descriptor", "Learner", "available", "descriptors"]
