"""The view of the prepared columns as they are."""

from automl_model.features import Features
from automl_model.views import PLAIN, ViewState
from automl_runner.learners.learner import FitContext, TrainingSet


class Plain:
    """The view `plain`, which fits and copies nothing."""

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:  # noqa: ARG002 - the protocol
        """The training features themselves."""
        return PLAIN, train.features
