"""A multilayer perceptron with its own preprocessing: smooth functions of all columns, where trees see steps.

Numbers are scaled robustly and bounded, and enter through periodic features, too; categories have a row for each level.
The epoch with the best loss on the validation rows counts.
"""

from typing import TYPE_CHECKING

import numpy as np

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_model.estimators.mlp_model import MLPModel, scaled_parts
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Learner, Shape, TrainingSet
from automl_runner.learners.shared.network import Hyperparameters, NetworkRows
from automl_runner.learners.shared.network_target import NetworkTarget, forget_classes_without_rows
from automl_runner.learners.shared.network_training import Training
from automl_runner.learners.shared.parameters import choice, clip, outputs_of, real, resolve, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.threads import one_core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_model.estimators.scaling import NumericScaling

VISITS = 400_000
"""The rows that the default trains on in all its epochs together."""
BATCH = 256
_FEWEST_BATCHES = 8
_FEATURES = 3
_BASE: dict[str, Scalar] = {
    "width": 128,
    "depth": 3,
    "epochs": 40,
    "rate": 0.04,
    "decay": 0.02,
    "dropout": 0.15,
    "frequency": 0.6,
    "skew_threshold": 20.0,
}


def _space(_shape: Shape) -> tuple[Parameter, ...]:
    return (
        choice("width", 64, 128, 256),
        whole("depth", 1, 4),
        whole("epochs", 4, 256, log=True),
        real("rate", 5e-3, 0.3, log=True),
        real("decay", 1e-3, 0.1, log=True),
        real("dropout", 0.0, 0.5),
        real("frequency", 0.05, 10.0, log=True),
        real("skew_threshold", 0.5, 20.0, log=True),
    )


def _default(shape: Shape) -> dict[str, Scalar]:
    return {**_BASE, "epochs": _epochs(shape), "rate": 0.1 if shape.task == "regression" else 0.04}


def _epochs(shape: Shape) -> int:
    return int(clip(VISITS / shape.rows, 4, 100))


def _inputs(shape: Shape) -> float:
    return (1 + _FEATURES) * shape.numeric_columns + min(shape.cardinality, 102 * shape.categorical_columns) + 1


def _seconds(shape: Shape) -> float:
    weights = 128 * (_inputs(shape) + 2 * 128 + outputs_of(shape))
    visits = shape.rows * _epochs(shape)
    return 0.2 + visits * (1.2e-6 + 2.5e-10 * weights + 1.2e-7 * shape.numeric_columns)


def _memory_bytes(shape: Shape) -> int:
    cells = shape.rows * (shape.numeric_columns + shape.categorical_columns + 1)
    return int(150e6 + cells * 40 + shape.rows * shape.classes * 20)


class MLP:
    """The learner `mlp`."""

    descriptor = Descriptor(
        name="mlp",
        library="numpy",
        modules=("scipy.sparse", "automl_runner.learners.shared.linear_design"),
        estimator="mlp",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "text_components"),
        space=_space,
        default=_default,
        portfolio=learned("mlp", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """See Learner."""
        from automl_runner.learners.shared.linear_design import fit_scaling, places_of_levels

        resolved = resolve(_BASE, parameters)
        given = _hyperparameters(resolved, len(train.target))
        with one_core():
            scaling = fit_scaling(train.features.numeric, float(resolved["skew_threshold"]))
            places = places_of_levels(train.features)
            target = NetworkTarget(train, context)
            rows = _rows(train, scaling, places)
            training = Training(given, rows, target, context)
            if valid is None:
                rounds = training.run(context.rounds or given.epochs)
            else:
                rounds = training.run_to_best(_rows(valid, scaling, places), valid)
            network = training.network
            weights, biases, table = network.layers()
            forget_classes_without_rows(weights[-1], biases[-1], target.prior)
        padded = np.vstack([table, np.zeros((1, table.shape[1]), np.float32)])
        model = MLPModel(
            context.classes,
            scaling,
            network.waves,
            tuple(padded[own] for own in places),
            weights,
            biases,
            *target.scale,
        )
        return Fitted(model, resolved, rounds)


REGISTERED: tuple[Learner, ...] = (MLP(),)


def _hyperparameters(resolved: dict[str, Scalar], rows: int) -> Hyperparameters:
    return Hyperparameters(
        width=int(resolved["width"]),
        depth=int(resolved["depth"]),
        features=_FEATURES,
        frequency=float(resolved["frequency"]),
        rate=float(resolved["rate"]),
        decay=float(resolved["decay"]),
        dropout=float(resolved["dropout"]),
        epochs=int(resolved["epochs"]),
        batch=max(1, min(BATCH, rows // _FEWEST_BATCHES)),
    )


def _rows(rows: TrainingSet, scaling: "NumericScaling", places: "tuple[NDArray[np.int64], ...]") -> NetworkRows:
    from automl_runner.learners.shared.linear_design import one_hot

    return NetworkRows(*scaled_parts(scaling, rows.features.numeric), one_hot(rows.features, places))
