"""XGBoost: gradient boosted trees that grow level by level, unlike LightGBM's, which makes both worth mixing.

The space is TabArena's (Apache-2.0), with a higher learning rate, as for LightGBM. Its categorical splits
are for columns of at most 256 codes; the codes of others are read as numbers.
"""

from typing import Any

from automl_api.base import Scalar
from automl_api.metrics import METRICS, Loss, Ranking
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Learner, Shape, TrainingSet, refusing
from automl_runner.learners.shared.early_stopping import EarlyStopping
from automl_runner.learners.shared.leaf_steps import MOST_STEP, steep
from automl_runner.learners.shared.parameters import clip, columns_of, outputs_of, real, resolve, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.seen_classes import rows_of_seen, seen_classes
from automl_runner.learners.shared.threads import one_core

MAX_ROUNDS = 1000
_BASE: dict[str, Scalar] = {
    "learning_rate": 0.1,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 1.0,
    "colsample_bylevel": 1.0,
    "colsample_bynode": 1.0,
    "reg_alpha": 1e-4,
    "reg_lambda": 1.0,
    "max_cat_to_onehot": 8,
}
OBJECTIVES: dict[Loss, str] = {
    "log_loss": "binary:logistic",
    "squared_error": "reg:squarederror",
    "absolute_error": "reg:absoluteerror",
    "percentage_error": "reg:squarederror",
}
WATCHED: dict[Loss | Ranking, str] = {
    "log_loss": "logloss",
    "squared_error": "rmse",
    "absolute_error": "mae",
    "percentage_error": "mae",
    "roc_auc": "auc",
    "average_precision": "aucpr",
}


def _space(shape: Shape) -> tuple[Parameter, ...]:
    space = (
        real("learning_rate", 0.03, 0.3, log=True),
        whole("max_depth", 3, 10),
        real("min_child_weight", 1e-3, 10.0, log=True),
        real("subsample", 0.6, 1.0),
        real("colsample_bylevel", 0.6, 1.0),
        real("colsample_bynode", 0.6, 1.0),
        real("reg_alpha", 1e-4, 5.0, log=True),
        real("reg_lambda", 1e-4, 5.0, log=True),
    )
    return (*space, whole("max_cat_to_onehot", 4, 100, log=True)) if shape.categorical_columns else space


def _default(shape: Shape) -> dict[str, Scalar]:
    """The default, with a higher learning rate for many classes."""
    faster = clip(outputs_of(shape) / 8, 1.0, 2.0)
    rate = round(float(_BASE["learning_rate"]) * faster, 4)
    chosen = {**_BASE, "learning_rate": rate, "subsample": 0.9, "colsample_bylevel": 0.9}
    return {parameter.name: chosen[parameter.name] for parameter in _space(shape)}


def _seconds(shape: Shape) -> float:
    """Measured on five development tables, where 130 to 320 rounds were trained, and a tree took 1.3 to 6.2 ms."""
    outputs = outputs_of(shape)
    rounds = 250 / (2 if outputs > 1 else 1)
    return 0.1 + rounds * outputs * (3e-4 + 8e-9 * shape.rows * (columns_of(shape) + 6))


def _memory_bytes(shape: Shape) -> int:
    """Measured: 228 MB with 1,000 rows of 15 columns, of which imports are 216; 299 MB with 200,000 of 20 numbers."""
    return int(220e6 + shape.rows * (columns_of(shape) * 12 + shape.classes * 40))


class XGBoost:
    """The learner `xgboost`."""

    descriptor = Descriptor(
        name="xgboost",
        library="xgboost",
        modules=(
            "xgboost",
            "sklearn.ensemble",
            "automl_runner.learners.shared.xgboost_trees",
            "automl_runner.learners.shared.staged_trees",
        ),
        estimator="boosted_trees",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "log_target", "text_components"),
        space=_space,
        default=_default,
        portfolio=learned("xgboost", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """See Learner."""
        import xgboost

        from automl_runner.learners.shared.staged_trees import StagedTrees
        from automl_runner.learners.shared.xgboost_trees import bare_model

        resolved = resolve(_BASE, parameters)
        seen = seen_classes(train, context)
        with one_core(), refusing("XGBoost", xgboost.core.XGBoostError):
            data = _matrix(rows_of_seen(train, seen), None)
            checked = None if valid is None else rows_of_seen(valid, seen)
            watched = None if checked is None or len(checked.target) == 0 else _matrix(checked, data)
            booster = xgboost.Booster(_options(resolved, train, context, len(seen)), [data])
            rounds = _boost(booster, data, watched, resolved, context, len(seen))
        model = bare_model(booster, _categorical(train), context.classes, seen)
        return Fitted(StagedTrees(model, rounds), resolved, rounds)


REGISTERED: tuple[Learner, ...] = (XGBoost(),)


def _boost(booster: Any, data: Any, watched: Any, resolved: dict[str, Scalar], context: FitContext, seen: int) -> int:
    """Train, and return the best round; without watched rows the last one."""
    most = int(clip(30 / float(resolved["learning_rate"]), 200, MAX_ROUNDS))
    if watched is None:
        most = context.rounds or most
    metric = _metric(context, seen)
    stopping = EarlyStopping(data.num_row(), seen if seen > 2 else 1, context.seconds_left)
    for done in range(1, most + 1):
        booster.update(data, done - 1)
        if watched is None:
            if stopping.out_of_time():
                return done
            continue
        value = float(booster.eval(watched).rpartition(":")[2])
        if stopping.should_stop(value, done, greater_is_better=metric.startswith("auc")):
            break
    return most if watched is None else stopping.best_round


def _options(resolved: dict[str, Scalar], train: TrainingSet, context: FitContext, seen: int) -> dict[str, Any]:
    many = {"objective": "multi:softprob", "num_class": seen, "max_delta_step": MOST_STEP}
    one: dict[str, Any] = {"objective": OBJECTIVES[METRICS[context.metric].loss]}
    objective = many if seen > 2 else one
    if seen == 2 and steep(train, 1):
        objective["max_delta_step"] = MOST_STEP
    return {
        **resolved,
        **objective,
        "eval_metric": _metric(context, seen),
        "tree_method": "hist",
        "nthread": 1,
        "seed": context.seed % 2**31,
        "verbosity": 0,
    }


def _metric(context: FitContext, seen: int) -> str:
    if seen > 2:
        return "mlogloss"
    return WATCHED["log_loss" if context.task == "multiclass" else METRICS[context.metric].watched]


def _categorical(rows: TrainingSet) -> list[bool]:
    """For each column of `as_matrix`, whether XGBoost reads it as categories."""
    from automl_model.estimators.boosted_trees_model import MOST_CODES

    sizes = rows.features.cardinalities
    return [False] * rows.features.numeric.shape[1] + [size <= MOST_CODES for size in sizes]


def _matrix(rows: TrainingSet, reference: Any) -> Any:
    import xgboost

    from automl_model.estimators.matrix import as_matrix

    types = ["c" if is_categorical else "q" for is_categorical in _categorical(rows)]
    return xgboost.QuantileDMatrix(
        as_matrix(rows.features, "C"), rows.target, weight=rows.weights, feature_types=types, enable_categorical=True,
        nthread=1, ref=reference,
    )  # fmt: skip
