"""Models that learned the logarithm of a target, with an estimator that predicts one value."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features, Layout
from automl_model.fold_model import FoldModel
from automl_runner.learners.learner import TrainingSet
from automl_runner.views import VIEWS
from builders.training import a_fit_context, some_rows


class OneValue:
    """An estimator that predicts the same value for every row."""

    kind = "one_value"

    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, features: Features) -> NDArray[np.float64]:
        return np.full(len(features), self.value)

    def check(self, layout: Layout, classes: int) -> None:
        """Any layout is right."""

    def write(self, directory: object) -> None:
        raise NotImplementedError


def rows_of_target(target: Sequence[float] | NDArray[np.float64], **more: object) -> TrainingSet:
    """Rows with this target; `more` may give weights and groups."""
    rows = some_rows("regression", rows=len(target))
    return replace(rows, target=np.asarray(target, float), **more)  # type: ignore[arg-type]  # as the caller gives them


def a_model_of(rows: TrainingSet, value: float) -> FoldModel:
    """A model that predicts the value as the logarithm of every row."""
    view, _ = VIEWS["log_target"].fit(rows, a_fit_context("regression"))
    return FoldModel(view, OneValue(value))
