"""Estimators: fitted models as they lie in a bundle, in formats that hold no code."""

from importlib import import_module
from pathlib import Path

from automl_model.arrays import read_facts
from automl_model.estimators.estimator import FACTS, Estimator, Staged

__all__ = ["Estimator", "Staged", "read_estimator"]

_MODULES = {
    "forest": "automl_model.estimators.forest_model",
    "lightgbm": "automl_model.estimators.lightgbm_model",
    "linear": "automl_model.estimators.linear_model",
    "boosted_trees": "automl_model.estimators.boosted_trees_model",
}


def read_estimator(directory: Path) -> Estimator:
    """The estimator in a directory, its library imported now. Raises ValueError for a kind that this version does not know."""
    kind = str(read_facts(directory / FACTS).get("kind"))
    if kind not in _MODULES:
        raise ValueError(
            f'{directory} holds a model of the kind "{kind}", unknown to this version; update automl-operator'
        )
    estimator: Estimator = import_module(_MODULES[kind]).read(directory)
    return estimator
