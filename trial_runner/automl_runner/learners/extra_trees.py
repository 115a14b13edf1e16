"""Extremely randomised trees (Geurts 2006): random thresholds on all rows; cheap, and different from the others."""

from automl_api.base import Scalar
from automl_runner.learners.learner import FitContext, Fitted, Learner, TrainingSet
from automl_runner.learners.shared import forests
from automl_runner.learners.shared.parameters import resolve


class ExtraTrees:
    """The learner `extra_trees`."""

    descriptor = forests.descriptor("extra_trees", forests.seconds_of(5.0e-8))

    def fit(
        self,
        parameters: dict[str, Scalar],
        train: TrainingSet,
        valid: TrainingSet | None,  # noqa: ARG002 - the protocol
        context: FitContext,
    ) -> Fitted:
        """See Learner."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        kind = ExtraTreesRegressor if context.task == "regression" else ExtraTreesClassifier
        resolved, seconds = resolve(forests.BASE, parameters), self.descriptor.seconds
        return forests.fit_forest(kind, resolved, train, context, all_rows=True, seconds=seconds)


REGISTERED: tuple[Learner, ...] = (ExtraTrees(),)
