"""CatBoost: boosted oblivious trees with categories as ordered target statistics; the best model without tuning.

Categories become numbers one column at a time (`max_ctr_complexity=1`). Then a split of one is a set of codes, and the
model is arrays of our own. Combinations of categories took 2 to 5 times as long, and gained nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from automl_api.base import Scalar
from automl_api.metrics import METRICS, Loss, Ranking
from automl_api.resources.search_space import Parameter
from automl_model.features import Features
from automl_runner.learners.learner import (
    Descriptor,
    FitContext,
    Fitted,
    Learner,
    Shape,
    TrainingSet,
    refusing,
)
from automl_runner.learners.shared.early_stopping import EarlyStopping
from automl_runner.learners.shared.parameters import clip, columns_of, outputs_of, real, resolve, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.seen_classes import rows_of_seen, seen_classes
from automl_runner.learners.shared.threads import one_core

MAX_ROUNDS, MIN_ROUNDS = 1000, 100
_MOST_WORK = 8e8
"""The most cells of all rounds of a fit, so that none takes minutes: 26 classes of 13,000 rows get 150 rounds."""
_BASE: dict[str, Scalar] = {
    "learning_rate": 0.1,
    "depth": 6,
    "l2_leaf_reg": 3.0,
    "random_strength": 1.0,
    "rsm": 1.0,
    "leaf_estimation_iterations": 1,
    "one_hot_max_size": 100,
}
OBJECTIVES: dict[Loss, str] = {
    "log_loss": "Logloss",
    "squared_error": "RMSE",
    "absolute_error": "MAE",
    "percentage_error": "MAPE",
}
WATCHED: dict[Loss | Ranking, str] = {
    "log_loss": "Logloss",
    "squared_error": "RMSE",
    "absolute_error": "MAE",
    "percentage_error": "MAPE",
    "roc_auc": "AUC",
    "average_precision": "PRAUC",
}
_GREATER_IS_BETTER = ("AUC", "PRAUC")


def _space(shape: Shape) -> tuple[Parameter, ...]:
    space = (
        real("learning_rate", 0.03, 0.3, log=True),
        whole("depth", 4, 8),
        real("l2_leaf_reg", 0.1, 10.0, log=True),
        real("random_strength", 0.1, 10.0, log=True),
        real("rsm", 0.4, 1.0),
        whole("leaf_estimation_iterations", 1, 10, log=True),
    )
    return (*space, whole("one_hot_max_size", 2, 255, log=True)) if shape.categorical_columns else space


def _default(shape: Shape) -> dict[str, Scalar]:
    """The default, with a higher learning rate where rounds are few."""
    faster = clip(500 / _most_rounds(shape.rows * columns_of(shape) * outputs_of(shape)), 1.0, 3.0)
    chosen = {**_BASE, "learning_rate": round(0.1 * faster, 4)}
    return {parameter.name: chosen[parameter.name] for parameter in _space(shape)}


def _most_rounds(cells: int) -> int:
    """The most rounds of a fit; `cells` is rows x columns x the outputs of a tree."""
    return int(clip(_MOST_WORK / max(1, cells), MIN_ROUNDS, MAX_ROUNDS))


def _seconds(shape: Shape) -> float:
    """Measured on the eight development tables, where 120 to 1,000 rounds of 1.7 to 61 ms were trained."""
    columns, outputs = columns_of(shape), outputs_of(shape)
    rounds = min(500 if outputs == 1 else 200, _most_rounds(shape.rows * columns * outputs))
    cells = shape.rows * (columns + 4) * (1.0 + 0.7 * (outputs - 1))
    return 0.1 + rounds * (5e-4 + 4e-5 * columns + 1.2e-8 * cells)


def _memory_bytes(shape: Shape) -> int:
    """Measured: 165 MB with 1,000 rows of 15 columns; 265 and 250 MB with 200,000 of 20 numbers, or 10 and 10 codes."""
    return int(170e6 + shape.rows * (columns_of(shape) * 18 + shape.classes * 50))


class CatBoost:
    """The learner `catboost`."""

    descriptor = Descriptor(
        name="catboost",
        library="catboost",
        extra="catboost",
        modules=("catboost", "automl_runner.learners.shared.catboost_trees"),
        estimator="oblivious_trees",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "log_target", "text_components"),
        early_views=("log_target",),
        space=_space,
        default=_default,
        portfolio=learned("catboost", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """See Learner."""
        import catboost

        from automl_runner.learners.shared.catboost_trees import bare_model, constant_model

        resolved = resolve(_BASE, parameters)
        seen, layout = seen_classes(train, context), train.features.layout
        if not _varies(train.features):
            return Fitted(constant_model(train, context.classes, seen), resolved, 1)
        options = _options(resolved, context, len(seen))
        watched = options.get("eval_metric", options["loss_function"])
        stopping = _Callback(watched, len(train.target), len(seen) if len(seen) > 2 else 1, context.seconds_left)
        rounds = _rounds(resolved, train, len(seen))
        with one_core(), refusing("CatBoost", catboost.CatBoostError):
            checked = None if valid is None else _pool(valid, seen)
            if checked is None:
                rounds = context.rounds or rounds
            booster = catboost.CatBoost({**options, "iterations": rounds})
            booster.fit(_pool(train, seen), eval_set=checked, callbacks=[stopping])
        best = booster.tree_count_ if checked is None else stopping.best_round
        return Fitted(bare_model(booster, layout, context.classes, seen, best), resolved, best)


REGISTERED: tuple[Learner, ...] = (CatBoost(),)


class _Callback(EarlyStopping):
    """Early stopping as CatBoost calls it, with CatBoost's name of the metric to watch."""

    def __init__(self, watched: str, rows: int, trees_a_round: int, seconds_left: Callable[[], float]) -> None:
        super().__init__(rows, trees_a_round, seconds_left)
        self._watched = watched

    def after_iteration(self, info: Any) -> bool:
        """True while boosting should go on."""
        if "validation" not in info.metrics:
            return not self.out_of_time()
        value = info.metrics["validation"][self._watched][-1]
        return not self.should_stop(value, info.iteration, greater_is_better=self._watched in _GREATER_IS_BETTER)


def _rounds(resolved: dict[str, Scalar], train: TrainingSet, seen: int) -> int:
    cells = len(train.target) * train.features.layout.columns * (seen if seen > 2 else 1)
    return min(int(200 / float(resolved["learning_rate"])), _most_rounds(cells))


def _options(resolved: dict[str, Scalar], context: FitContext, seen: int) -> dict[str, Any]:
    return {
        **resolved,
        **_of_loss(context, seen),
        "boosting_type": "Plain",
        "max_ctr_complexity": 1,
        "use_best_model": False,
        "random_seed": context.seed % 2**31,
        "thread_count": 1,
        "allow_writing_files": False,
        "logging_level": "Silent",
    }


def _of_loss(context: FitContext, seen: int) -> dict[str, Any]:
    if seen > 2:
        return {"loss_function": "MultiClass"}
    metric = METRICS[context.metric]
    watched = "log_loss" if context.task == "multiclass" else metric.watched
    return {"loss_function": OBJECTIVES[metric.loss], "eval_metric": WATCHED[watched], "boost_from_average": True}


def _varies(features: Features) -> bool:
    """False where no column tells two rows apart, which CatBoost refuses."""
    return any(bool((column != column[0]).any()) for column in (*features.numeric.T, *features.codes.T))


def _pool(rows: TrainingSet, seen: tuple[int, ...]) -> Any:
    """The rows as CatBoost reads them, or None without rows. Rows of classes that are not in `seen` are left out."""
    import catboost

    own = rows_of_seen(rows, seen)
    features = own.features
    if len(own.target) == 0:
        return None
    names = np.array([b"%d" % code for code in range(max((0, *features.cardinalities)))], object)
    data = catboost.FeaturesData(
        num_feature_data=np.ascontiguousarray(features.numeric, np.float32) if features.numeric.shape[1] else None,
        cat_feature_data=np.ascontiguousarray(names[features.codes]) if features.codes.shape[1] else None,
    )
    return catboost.Pool(data, own.target, weight=own.weights, thread_count=1)
