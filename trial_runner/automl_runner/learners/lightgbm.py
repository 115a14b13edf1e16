"""LightGBM: gradient boosted trees with native categories and missing values; the strongest single family here.

The space is TabArena's (Apache-2.0), with about four times the learning rate. In a search of minutes, many fast
configurations beat few slow ones, and a model of thousands of rounds predicts slowly.
"""

from typing import Any

from automl_api.base import Scalar
from automl_api.metrics import METRICS, Loss, Ranking
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Learner, Shape, TrainingSet, refusing
from automl_runner.learners.shared.early_stopping import EarlyStopping
from automl_runner.learners.shared.leaf_steps import MOST_STEP, steep
from automl_runner.learners.shared.parameters import choice, clip, columns_of, outputs_of, real, resolve, whole
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.threads import one_core

MAX_ROUNDS = 1000
_BASE: dict[str, Scalar] = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 20,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "extra_trees": False,
    "lambda_l1": 1e-4,
    "lambda_l2": 1e-4,
    "cat_l2": 10.0,
    "cat_smooth": 10.0,
    "min_data_per_group": 100,
    "max_cat_to_onehot": 4,
}
OBJECTIVES: dict[Loss, str] = {
    "log_loss": "binary",
    "squared_error": "regression",
    "absolute_error": "regression_l1",
    "percentage_error": "mape",
}
WATCHED: dict[Loss | Ranking, str] = {
    "log_loss": "binary_logloss",
    "squared_error": "rmse",
    "absolute_error": "l1",
    "percentage_error": "mape",
    "roc_auc": "auc",
    "average_precision": "average_precision",
}


def _most_leaves(shape: Shape) -> int:
    return int(clip(200 / outputs_of(shape) ** 0.5, 16, max(8, shape.rows / 4)))


def _space(shape: Shape) -> tuple[Parameter, ...]:
    slowest = 0.03 if _cheap(shape) else 0.05
    space = (
        real("learning_rate", slowest, 0.3, log=True),
        whole("num_leaves", 4, _most_leaves(shape), log=True),
        whole("min_data_in_leaf", 1, 64, log=True),
        real("feature_fraction", 0.4, 1.0),
        real("bagging_fraction", 0.7, 1.0),
        choice("extra_trees", False, True),
        real("lambda_l1", 1e-4, 1.0),
        real("lambda_l2", 1e-4, 2.0),
    )
    categories = (
        real("cat_l2", 5e-3, 10.0, log=True),
        real("cat_smooth", 1e-3, 100.0, log=True),
        whole("min_data_per_group", 2, 100, log=True),
        whole("max_cat_to_onehot", 4, 100, log=True),
    )
    return space + (categories if shape.categorical_columns else ())


def _cheap(shape: Shape) -> bool:
    return shape.rows * columns_of(shape) * outputs_of(shape) < 1_000_000


def _default(shape: Shape) -> dict[str, Scalar]:
    """The default; its learning rate is higher for many trees per round: 26 classes must take seconds, not minutes."""
    dear = 0.1 * clip(outputs_of(shape) / 8, 1.0, 2.0)
    chosen: dict[str, Scalar] = {
        **_BASE,
        "learning_rate": 0.05 if _cheap(shape) else round(dear, 4),
        "num_leaves": min(31, _most_leaves(shape)),
        "min_data_in_leaf": int(clip(shape.rows / 50, 2, 20)),
    }
    return {parameter.name: chosen[parameter.name] for parameter in _space(shape)}


def _seconds(shape: Shape) -> float:
    outputs = outputs_of(shape)
    rounds = (250 if _cheap(shape) else 150) / (4 if outputs > 1 else 1)
    return 0.1 + rounds * outputs * (2e-4 + 2e-8 * shape.rows * (columns_of(shape) + 6))


def _memory_bytes(shape: Shape) -> int:
    return int(120e6 + shape.rows * (columns_of(shape) * 7 + shape.classes * 40))


class LightGBM:
    """The learner `lightgbm`."""

    descriptor = Descriptor(
        name="lightgbm",
        library="lightgbm",
        modules=("lightgbm",),
        estimator="lightgbm",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "generated_features", "log_target", "text_components"),
        early_views=("log_target", "generated_features"),
        space=_space,
        default=_default,
        portfolio=learned("lightgbm", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """See Learner."""
        import lightgbm

        from automl_model.estimators.lightgbm_model import LightGBMModel

        resolved = resolve(_BASE, parameters)
        options = _options(resolved, train, context)
        stopping = _Callback(len(train.target), context.classes if context.classes > 2 else 1, context.seconds_left)
        with one_core(), refusing("LightGBM", lightgbm.basic.LightGBMError):
            data = _dataset(train, options, None)
            booster = lightgbm.train(
                options,
                data,
                _rounds(resolved) if valid is not None else context.rounds or _rounds(resolved),
                valid_sets=[] if valid is None else [_dataset(valid, options, data)],
                callbacks=[stopping],
                keep_training_booster=True,
            )
        rounds = booster.current_iteration() if valid is None else stopping.best_round
        model = LightGBMModel.from_text(booster.model_to_string(num_iteration=-1), context.classes, rounds)
        return Fitted(model, resolved, rounds)


REGISTERED: tuple[Learner, ...] = (LightGBM(),)


def _rounds(resolved: dict[str, Scalar]) -> int:
    return int(clip(30 / float(resolved["learning_rate"]), 200, MAX_ROUNDS))


def _options(resolved: dict[str, Scalar], train: TrainingSet, context: FitContext) -> dict[str, Any]:
    wide = train.features.numeric.shape[1] + train.features.codes.shape[1] > 200
    options: dict[str, Any] = {
        **resolved,
        "bagging_freq": 1 if float(resolved["bagging_fraction"]) < 1.0 else 0,
        "seed": context.seed % 2**31,
        "deterministic": True,
        "force_col_wise" if wide else "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    if context.task == "multiclass":
        return options | _of_many_classes(context.classes)
    if context.task == "binary" and steep(train, int(resolved["min_data_in_leaf"])):
        options["max_delta_step"] = MOST_STEP
    return options | _of_metric(context.metric)


def _of_metric(name: str) -> dict[str, Any]:
    metric = METRICS[name]
    return {"objective": OBJECTIVES[metric.loss], "metric": WATCHED[metric.watched]}


def _of_many_classes(classes: int) -> dict[str, Any]:
    # Hessians vanish where a class is nearly certain. Without a bound on leaves, fits of many classes then diverge.
    return {
        "objective": "multiclass",
        "num_class": classes,
        "max_delta_step": MOST_STEP,
        "metric": "multi_logloss",
    }


def _dataset(rows: TrainingSet, options: dict[str, Any], reference: Any) -> Any:
    import lightgbm

    from automl_model.estimators.matrix import as_matrix

    numeric = rows.features.numeric.shape[1]
    categories = list(range(numeric, numeric + rows.features.codes.shape[1]))
    return lightgbm.Dataset(
        as_matrix(rows.features), rows.target, weight=rows.weights, reference=reference, params=dict(options),
        categorical_feature=categories, free_raw_data=True,
    )  # fmt: skip


class _Callback(EarlyStopping):
    """Early stopping as LightGBM calls it."""

    def __call__(self, environment: Any) -> None:
        from lightgbm.callback import EarlyStopException

        done, results = environment.iteration + 1, environment.evaluation_result_list
        if not results:
            if self.out_of_time():
                raise EarlyStopException(environment.iteration, [])
            return
        _, _, value, greater_is_better = results[0][:4]
        if self.should_stop(value, done, greater_is_better=greater_is_better):
            raise EarlyStopException(self.best_round - 1, results)
