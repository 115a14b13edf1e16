"""A fixed model for each kind of question: 40 LightGBM boosters, a random forest and a histogram gradient boosting.

No search chooses it, so that two commits are measured with the same trees.
"""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import tables

from automl_api.protocol import PrepareWork
from automl_api.resources.experiment import ExperimentSpec, StoreSpec
from automl_api.resources.experiment_status import FinalScore
from automl_api.resources.model import Member
from automl_model.bundle import BundleFacts, write_bundle
from automl_model.estimators.lightgbm_model import LightGBMModel
from automl_model.estimators.matrix import as_matrix
from automl_model.fold_model import FoldModel
from automl_model.views import PLAIN
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import FitContext, TrainingSet
from automl_runner.mounts import Mounts
from automl_runner.prepare import prepare
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store import open_store

TARGETS = {"binary": "class", "six classes": "relationship", "regression": "age"}
"""Columns of adult; the 13 others are features."""
TRAINED_ROWS = 12_000
BOOSTERS, A_MEMBER = 40, 4
TREES = 390


def table(kind: str, rows: int) -> Any:
    """The rows of a kind of question, and its target's name."""
    return tables.adult(rows).drop(columns=["education-num"]), TARGETS[kind]


def make(kind: str, folder: Path, trees: int = TREES) -> Path:
    """Make a bundle; each booster has `trees` trees."""
    prepared = _prepared(kind, folder)
    members = [
        (
            f"lightgbm-{number}",
            "lightgbm",
            [_booster(prepared, number * A_MEMBER + place, trees) for place in range(A_MEMBER)],
        )
        for number in range(BOOSTERS // A_MEMBER)
    ]
    members += [(name, name, [_fitted(prepared, name)]) for name in ("random_forest", "hist_gradient_boosting")]
    models, named = {}, []
    for trial, learner, estimators in members:
        parts = tuple(f"fold-{number}" for number in range(len(estimators)))
        named.append(Member(trial=trial, learner=learner, weight=1 / len(members), parts=parts))
        for part, estimator in zip(parts, estimators, strict=True):
            models[f"members/{trial}/{part}"] = folder / "models" / trial / part
            FoldModel(PLAIN, estimator).write(folder / "models" / trial / part)
    (folder / "bundle").mkdir()
    write_bundle(folder / "bundle", _facts(prepared, tuple(named)), models)
    return folder / "bundle"


def _prepared(kind: str, folder: Path) -> Prepared:
    frame, target = table(kind, TRAINED_ROWS)
    frame.to_parquet(folder / "train.parquet")
    spec = ExperimentSpec.read_strictly(
        {"data": {"uri": f"file:{folder / 'train.parquet'}"}, "target": target, "budget": {"time": "10m"}}
    )
    store = open_store(StoreSpec(uri=f"file:{folder / 'store'}"), Mounts(cache=folder / "cache"))
    plan = prepare(PrepareWork(spec=spec), store, 1)
    return open_prepared(store.local_directory(plan.prepared.path), plan.prepared.digest)


def _facts(prepared: Prepared, members: tuple[Member, ...]) -> BundleFacts:
    info = prepared.info
    score = FinalScore(metric=info.metric, value=0.5, low=0.5, high=0.5, basis="cross-fitted")
    return BundleFacts(
        task=info.task, metric=info.metric, target=info.target, original_type=info.original_type, classes=info.classes,
        positive_class=info.positive_class, columns=info.signature, encoder=info.encoder, members=members, score=score,
    )  # fmt: skip


def _rows(prepared: Prepared) -> TrainingSet:
    """All rows except the holdout."""
    rows = np.flatnonzero(prepared.folds != -1)
    target: Any = prepared.target[rows]
    kind = np.float64 if prepared.info.task == "regression" else np.int64
    return TrainingSet(prepared.features.take(rows), target.astype(kind))


def _booster(prepared: Prepared, seed: int, trees: int) -> LightGBMModel:
    classes, rows = prepared.class_count, _rows(prepared)
    outputs = classes if classes > 2 else 1
    options: dict[str, Any] = {
        "objective": {1: "regression", 2: "binary"}.get(classes, "multiclass"), "num_leaves": 31, "learning_rate": 0.05,
        "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8, "seed": seed, "num_threads": 1,
        "deterministic": True, "force_row_wise": True, "verbosity": -1,
    }  # fmt: skip
    if outputs > 1:
        options["num_class"] = classes
    numeric = rows.features.numeric.shape[1]
    categories = list(range(numeric, rows.features.layout.columns))
    data = lightgbm.Dataset(as_matrix(rows.features), rows.target, categorical_feature=categories)
    rounds = max(1, trees // outputs)
    booster = lightgbm.train(options, data, rounds)
    return LightGBMModel.from_text(booster.model_to_string(num_iteration=-1), classes, rounds)


def _fitted(prepared: Prepared, name: str) -> Any:
    learner, rows = LEARNERS[name], _rows(prepared)
    context = FitContext(prepared.info.task, prepared.class_count, prepared.info.metric, 0)
    return learner.fit({}, rows, rows, context).estimator
