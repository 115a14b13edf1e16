"""Random forest (Breiman 2001): bootstrapped trees of scikit-learn, whose splits handle missing values."""

from automl_api.base import Scalar
from automl_runner.learners.learner import FitContext, Fitted, Learner, TrainingSet
from automl_runner.learners.shared import forests
from automl_runner.learners.shared.parameters import resolve


class RandomForest:
    """The learner `random_forest`."""

    descriptor = forests.descriptor("random_forest", forests.seconds_of(1.0e-7))

    def fit(
        self,
        parameters: dict[str, Scalar],
        train: TrainingSet,
        valid: TrainingSet | None,  # noqa: ARG002 - the protocol
        context: FitContext,
    ) -> Fitted:
        """See Learner."""
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        kind = RandomForestRegressor if context.task == "regression" else RandomForestClassifier
        resolved, seconds = resolve(forests.BASE, parameters), self.descriptor.seconds
        return forests.fit_forest(kind, resolved, train, context, all_rows=False, seconds=seconds)


REGISTERED: tuple[Learner, ...] = (RandomForest(),)
