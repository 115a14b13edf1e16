"""Runs one AutoML system on one table, inside that system's own environment: `python tabular_peer.py FOLDER`.

The folder holds train.parquet, test.parquet and request.json (system, target, task, metric, seconds, cores, seed, time,
group). Written there: predictions.npy (values, or one probability a class), classes.json, and result.json with the
seconds of the fit, from its call to its return, and of the prediction. Only this file runs in the environment.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Predict = Callable[[pd.DataFrame], tuple[Any, list[str]]]
AUTOGLUON = {
    "autogluon_medium": "medium_quality",
    "autogluon_best": "best_quality",
    "autogluon_best_v150": "best_quality_v150",
}


def autogluon(train: pd.DataFrame, request: dict[str, Any]) -> Predict:
    """AutoGluon with a preset. Order and groups are declared in its own way (`validation_structure`)."""
    from autogluon.tabular import TabularPredictor

    preset = AUTOGLUON[request["system"]]
    metric = {"rmse": "root_mean_squared_error"}.get(request["metric"], request["metric"])
    predictor = TabularPredictor(
        label=request["target"], problem_type=request["task"], eval_metric=metric, path=tempfile.mkdtemp(), verbosity=0
    )
    more: dict[str, Any] = {}
    if preset.startswith("best"):
        more["ag_args_ensemble"] = {"fold_fitting_strategy": "sequential_local"}
    if request["group"]:
        more["validation_structure"] = {"group_on": request["group"]}
    if request["time"]:
        more["validation_structure"] = {"time_on": request["time"]}
    predictor.fit(train, presets=preset, time_limit=request["seconds"], num_cpus=request["cores"], num_gpus=0, **more)

    def predict(rows: pd.DataFrame) -> tuple[Any, list[str]]:
        if request["task"] == "regression":
            return predictor.predict(rows), []
        return predictor.predict_proba(rows), [str(name) for name in predictor.class_labels]

    return predict


def flaml(train: pd.DataFrame, request: dict[str, Any]) -> Predict:
    """FLAML with its defaults. Order and groups are declared in its own way (`split_type`)."""
    from flaml import AutoML

    more: dict[str, Any] = {}
    features = train
    if request["group"]:
        more = {"split_type": "group", "groups": train[request["group"]].to_numpy()}
        features = train.drop(columns=[request["group"]])
    if request["time"]:
        more = {"split_type": "time"}
        features = train.sort_values(request["time"], ignore_index=True)
    # Its learners refuse names with JSON characters.
    names = {name: f"c{place}" for place, name in enumerate(features) if name != request["target"]}
    model = AutoML()
    model.fit(
        dataframe=features.rename(columns=names),
        label=request["target"],
        task="regression" if request["task"] == "regression" else "classification",
        metric=request["metric"],
        time_budget=request["seconds"],
        n_jobs=request["cores"],
        seed=request["seed"],
        verbose=0,
        log_file_name="",
        **more,
    )

    def predict(rows: pd.DataFrame) -> tuple[Any, list[str]]:
        known = (rows.drop(columns=[request["group"]]) if request["group"] else rows).rename(columns=names)
        if request["task"] == "regression":
            return model.predict(known), []
        return model.predict_proba(known), [str(name) for name in model.classes_]

    return predict


SYSTEMS = {"flaml": flaml, **dict.fromkeys(AUTOGLUON, autogluon)}


def main(folder: Path) -> None:
    """Fit, predict, and write what was found."""
    request = json.loads((folder / "request.json").read_text())
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    began = time.monotonic()
    predict = SYSTEMS[request["system"]](train, request)
    fitted = time.monotonic()
    values, classes = predict(test)
    done = time.monotonic()
    np.save(folder / "predictions.npy", np.asarray(values, float))
    (folder / "classes.json").write_text(json.dumps(classes))
    (folder / "result.json").write_text(json.dumps({"fit_seconds": fitted - began, "predict_seconds": done - fitted}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
