"""Estimators: fitted models as stored in a bundle, in formats that contain no code."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from automl_model.arrays import read_facts
from automl_model.estimators.estimator import FACTS, Estimator, Staged

__all__ = ["KINDS", "Estimator", "Staged", "module_of", "read_estimator"]

_SUFFIX = "_model"
KINDS = frozenset(m.name.removesuffix(_SUFFIX) for m in iter_modules(__path__) if m.name.endswith(_SUFFIX))
"""The kinds of models; each has a module named after it: `forest_model` for `forest`."""


def module_of(kind: str) -> str:
    """The name of the module that reads a kind's models."""
    return f"{__name__}.{kind}{_SUFFIX}"


def read_estimator(directory: Path) -> Estimator:
    """Read the estimator in a directory, and import its library.

    Raises ValueError for a kind that this version does not know.
    """
    kind = str(read_facts(directory / FACTS).get("kind"))
    if kind not in KINDS:
        raise ValueError(
            f'{directory} holds a model of the kind "{kind}", unknown to this version; update automl-operator'
        )
    estimator: Estimator = import_module(module_of(kind)).read(directory)
    return estimator
