"""The interface of views that can be fitted."""

from typing import Protocol

from automl_model.features import Features
from automl_model.views import ViewState
from automl_runner.learners.learner import FitContext, TrainingSet


class View(Protocol):
    """A recipe for features: one file here, one function in `automl_model.views`, one registry line in each."""

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The state for other rows, and the training rows as the learner sees them. Looks at `train` only."""
        ...
