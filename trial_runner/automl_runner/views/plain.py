"""The view of the prepared columns as they are."""

from automl_model.features import Features
from automl_model.views import PLAIN, ViewState
from automl_runner.learners.learner import FitContext, Shape, TrainingSet
from automl_runner.views.view import ViewNeeds


class Plain:
    """The view `plain`, which fits and copies nothing."""

    def suits(self, shape: Shape) -> bool:
        """See View."""
        return shape.numeric_columns + shape.categorical_columns > 0

    def needs(self, shape: Shape) -> ViewNeeds:
        """See View."""
        return ViewNeeds(0.0, shape)

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:  # noqa: ARG002 - the protocol
        """The training features themselves."""
        return PLAIN, train.features
