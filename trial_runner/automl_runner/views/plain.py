"""The prepared columns as they are."""

from automl_model.features import Features
from automl_model.views import PLAIN, ViewState
from automl_runner.learners.learner import FitContext, TrainingSet


class Plain:
    """Nothing is fitted and nothing is copied."""

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:  # noqa: ARG002 - the protocol
        """The training features themselves."""
        return PLAIN, train.features
