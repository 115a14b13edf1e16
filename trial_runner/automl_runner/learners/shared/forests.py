"""The descriptor and the fit that random forests and extremely randomised trees share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Shape, TrainingSet, refusing, training_shape
from automl_runner.learners.shared.deadline import train_in_time
from automl_runner.learners.shared.parameters import clip, columns_of, real, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.threads import one_core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TREES = 50
MOST_ROWS_A_TREE = 100_000
BASE: dict[str, Scalar] = {"max_features": 0.4, "min_samples_leaf": 1, "max_leaf_nodes": 2000}


def most_leaves(shape: Shape) -> int:
    """The most leaves of a tree. A leaf stores a number per class, and a fold's model must stay at a few megabytes."""
    return int(clip(8000 / max(2, shape.classes) ** 0.5, 100, 4000))


def space(shape: Shape) -> tuple[Parameter, ...]:
    """The space of forests of fifty trees, as in TabArena, but of bounded size."""
    return (
        real("max_features", 0.1, 1.0),
        whole("min_samples_leaf", 1, 32, log=True),
        whole("max_leaf_nodes", 50, most_leaves(shape), log=True),
    )


def default(shape: Shape) -> dict[str, Scalar]:
    """The default, with leaves of more than one row: single rows would give probabilities of 0 or 1."""
    least = 2 if shape.task == "regression" else 3
    return {**BASE, "min_samples_leaf": least, "max_leaf_nodes": min(1000, most_leaves(shape))}


def descriptor(name: str, seconds: Callable[[Shape], float]) -> Descriptor:
    """The descriptor of one kind of forest; kinds differ only in name and speed."""
    return Descriptor(
        name=name,
        library="sklearn",
        modules=("sklearn.ensemble",),
        estimator="forest",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "text_components"),
        space=space,
        default=default,
        portfolio=learned(name, space, default),
        seconds=seconds,
        memory_bytes=memory_bytes,
    )


def seconds_of(factor: float) -> Callable[[Shape], float]:
    """The prediction of a fit's time; `factor` is the speed of one kind of forest."""

    def seconds(shape: Shape) -> float:
        rows = min(shape.rows, MOST_ROWS_A_TREE)
        work = rows * columns_of(shape) * TREES
        return 0.1 + factor * work * (1.0 + shape.classes / 20)

    return seconds


def memory_bytes(shape: Shape) -> int:
    """The predicted peak memory of a fit, without the prepared data."""
    model = TREES * most_leaves(shape) * 2 * (64 + 8 * max(1, shape.classes))
    return int(150e6 + shape.rows * columns_of(shape) * 8 + model)


def fit_forest(
    kind: type[Any],
    resolved: dict[str, Scalar],
    train: TrainingSet,
    context: FitContext,
    *,
    all_rows: bool,
    seconds: Callable[[Shape], float],
) -> Fitted:
    """Train a scikit-learn forest on one core. Raises LearnerRefused where scikit-learn refuses to train."""
    from automl_model.estimators.forest_model import ForestModel
    from automl_model.estimators.matrix import as_matrix

    rows = len(train.target)
    every_row = all_rows and rows <= MOST_ROWS_A_TREE
    model = kind(
        n_estimators=0,
        warm_start=True,
        **resolved,
        bootstrap=not every_row,
        max_samples=None if every_row else min(1.0, MOST_ROWS_A_TREE / rows),
        random_state=context.seed % 2**32,
        n_jobs=1,
    )
    with one_core(), refusing("scikit-learn", ValueError):
        _grow(model, as_matrix(train.features, "C"), train, context, seconds(training_shape(train, context)))
    trees = tuple(tree.tree_ for tree in model.estimators_)
    seen = (0,) if context.task == "regression" else tuple(int(code) for code in model.classes_)
    return Fitted(ForestModel(trees, int(model.n_features_in_), context.classes, seen), resolved, len(trees))


def _grow(model: Any, matrix: "NDArray[np.float32]", train: TrainingSet, context: FitContext, predicted: float) -> None:
    """Grow as many trees as there is time for. The trees are the same as if grown at once."""

    def grow(trees: int) -> None:
        model.n_estimators = trees
        model.fit(matrix, train.target, sample_weight=train.weights)

    train_in_time(grow, TREES, predicted=predicted, seconds_left=context.seconds_left)
