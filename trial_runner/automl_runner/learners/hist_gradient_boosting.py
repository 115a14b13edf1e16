"""scikit-learn's histogram gradient boosting. Its rounds are a parameter, so no early stopping flatters its scores.

The default is scikit-learn's own, so that an experiment is never worse than the plain booster that everybody has.
"""

from typing import TYPE_CHECKING, Any

from automl_api.base import Scalar
from automl_api.metrics import METRICS, Loss
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import (
    Descriptor,
    FitContext,
    Fitted,
    Learner,
    Shape,
    TrainingSet,
    refusing,
    training_shape,
)
from automl_runner.learners.shared.deadline import train_in_time
from automl_runner.learners.shared.leaf_steps import MOST_STEP, least_curvature
from automl_runner.learners.shared.parameters import clip, columns_of, outputs_of, real, resolve, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.threads import one_core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CATEGORIES = 255
_BASE: dict[str, Scalar] = {
    "learning_rate": 0.1,
    "max_iter": 100,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 1e-4,
    "max_features": 1.0,
}
LOSSES: dict[Loss, str] = {
    "log_loss": "log_loss",
    "squared_error": "squared_error",
    "absolute_error": "absolute_error",
    "percentage_error": "squared_error",
}


def _space(shape: Shape) -> tuple[Parameter, ...]:
    return (
        real("learning_rate", 0.02, 0.3, log=True),
        whole("max_iter", 30, int(clip(2000 / outputs_of(shape), 60, 400)), log=True),
        whole("max_leaf_nodes", 4, 128, log=True),
        whole("min_samples_leaf", 2, 100, log=True),
        real("l2_regularization", 1e-4, 10.0, log=True),
        real("max_features", 0.4, 1.0),
    )


def _default(shape: Shape) -> dict[str, Scalar]:
    """scikit-learn's default, but with fewer rounds and a higher learning rate where a round has many trees.

    A high learning rate needs regularized leaves, because the loss has almost no curvature where a class is nearly
    certain. Without regularization, single leaves diverged with 26 classes (log loss 31 instead of 0.19).
    """
    rounds = int(clip(1000 / outputs_of(shape), 30, 100))
    bold: dict[str, Scalar] = {"learning_rate": min(0.2, round(10 / rounds, 3)), "l2_regularization": 1.0}
    few = int(clip(shape.rows / 20, 2, 20))
    return {**_BASE, **(bold if rounds < 100 else {}), "max_iter": rounds, "min_samples_leaf": few}


def _seconds(shape: Shape) -> float:
    outputs, columns = outputs_of(shape), columns_of(shape)
    rounds = clip(1000 / outputs, 30, 100)
    return 0.1 + rounds * outputs * (1e-3 + 6e-5 * columns + 8e-9 * shape.rows * (columns + 6))


def _memory_bytes(shape: Shape) -> int:
    # scikit-learn copies the rows to float64. Measured on 2,000,000 rows of 20 columns: 0.95 GB.
    return int(150e6 + shape.rows * (columns_of(shape) * 16 + shape.classes * 40))


class HistGradientBoosting:
    """The learner `hist_gradient_boosting`."""

    descriptor = Descriptor(
        name="hist_gradient_boosting",
        library="sklearn",
        modules=("sklearn.ensemble", "automl_runner.learners.shared.histogram_trees"),
        estimator="boosted_trees",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "generated_features", "log_target", "text_components"),
        early_views=("generated_features",),
        space=_space,
        default=_default,
        portfolio=learned("hist_gradient_boosting", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self,
        parameters: dict[str, Scalar],
        train: TrainingSet,
        valid: TrainingSet | None,  # noqa: ARG002 - the protocol
        context: FitContext,
    ) -> Fitted:
        """See Learner."""
        from automl_model.estimators.matrix import as_matrix
        from automl_runner.learners.shared.histogram_trees import bare_model, without_empty_columns

        resolved = resolve(_BASE, parameters)
        model = _make(resolved, train, context)
        with one_core(), refusing("scikit-learn", ValueError):
            _boost(model, without_empty_columns(as_matrix(train.features)), train, context)
        return Fitted(bare_model(model, context.classes), resolved, int(model.n_iter_))


REGISTERED: tuple[Learner, ...] = (HistGradientBoosting(),)


def _boost(model: Any, matrix: "NDArray[np.float32]", train: TrainingSet, context: FitContext) -> None:
    """Boost as many rounds as there is time for. The rounds are the same as if boosted at once."""

    def boost(rounds: int) -> None:
        model.set_params(max_iter=rounds)
        model.fit(matrix, train.target, sample_weight=train.weights)

    predicted = _seconds(training_shape(train, context))
    train_in_time(boost, model.max_iter, predicted=predicted, seconds_left=context.seconds_left)


def _make(resolved: dict[str, Scalar], train: TrainingSet, context: FitContext) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    options: dict[str, Any] = {
        **resolved,
        "categorical_features": _categorical(train) or None,
        "early_stopping": False,
        "warm_start": True,
        "random_state": context.seed % 2**32,
    }
    if context.task != "regression":
        needed = 1.0 / MOST_STEP - least_curvature(train, int(resolved["min_samples_leaf"]))
        options["l2_regularization"] = max(float(resolved["l2_regularization"]), needed)
    kind = HistGradientBoostingRegressor if context.task == "regression" else HistGradientBoostingClassifier
    return kind(loss=LOSSES[METRICS[context.metric].loss], **options)


def _categorical(train: TrainingSet) -> list[int]:
    """The columns of `as_matrix` with few enough levels; the others are read as numbers."""
    numeric = train.features.numeric.shape[1]
    sizes = enumerate(train.features.cardinalities)
    return [numeric + place for place, size in sizes if size <= MAX_CATEGORIES]
