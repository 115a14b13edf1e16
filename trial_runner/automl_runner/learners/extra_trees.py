"""Extremely randomised trees (Geurts 2006): random thresholds on all rows; cheap, and different from the others."""

from automl_api.base import Scalar
from automl_runner.learners import forests
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Shape, TrainingSet
from automl_runner.learners.parameters import resolve


def _portfolio(shape: Shape) -> tuple[dict[str, Scalar], ...]:
    return (
        forests.complete(shape, {"max_features": 0.75, "min_samples_leaf": 5, "max_leaf_nodes": 1000}),
        forests.complete(shape, {"max_features": 0.3, "min_samples_leaf": 1, "max_leaf_nodes": 4000}),
    )


class ExtraTrees:
    """The learner `extra_trees`."""

    descriptor = Descriptor(
        name="extra_trees",
        library="sklearn",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding"),
        space=forests.space,
        default=forests.default,
        portfolio=_portfolio,
        seconds=forests.seconds_of(5.0e-8),
        memory_bytes=forests.memory_bytes,
    )

    def fit(self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet, context: FitContext) -> Fitted:  # noqa: ARG002 - the protocol
        """See Learner."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        kind = ExtraTreesRegressor if context.task == "regression" else ExtraTreesClassifier
        return forests.fit_forest(kind, resolve(forests.BASE, parameters), train, context, all_rows=True)
