"""Load a model and predict in one process, and compare with the libraries' own predictors on the same models.

    python benchmarks/predicting.py BUNDLE CSV REPEATS

Prints JSON: the seconds to load; the seconds of each call, by the number of rows; and the same for the libraries, with
one thread and prepared matrices. Imports are not measured.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import lightgbm  # noqa: F401 - imports are not measured
import numpy as np
import pandas as pd
import sklearn.ensemble  # noqa: F401 - likewise

from automl_model import load_model
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features
from automl_model.predictor import Predictor
from automl_model.views import apply_view

SIZES = {1: 50, 10: 50, 3_000: 3}
"""The numbers of rows, and the number of predictions of each in each of the REPEATS."""
MANY_ROWS = 100_000
"""The number of rows that are predicted once, because that takes minutes with large models, and varies little."""


def main(bundle: str, csv: str, repeats: int) -> dict[str, Any]:
    """Measure a bundle; returns the object to print."""
    loads = [_seconds(lambda: load_model(bundle)) for _ in range(max(3, repeats))]
    model, frame = load_model(bundle), pd.read_csv(csv)
    ours: dict[int, list[float]] = {}
    own: dict[int, list[float]] = {}
    calls = {rows: repeats * times for rows, times in SIZES.items()} | {MANY_ROWS: 1}
    for rows, times in calls.items():
        some = _some(frame, rows)
        alone = _libraries(model, model.encoder.apply(some))
        predict = model.predict if model.facts.task == "regression" else model.predict_proba
        for _ in range(times):
            ours.setdefault(rows, []).append(_seconds(lambda: predict(some)))  # noqa: B023 - called at once
            own.setdefault(rows, []).append(_seconds(alone))
    return {"load": loads, "ours": ours, "libraries": own, "models": _counts(model)}


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _some(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    return pd.concat([frame] * -(-rows // len(frame)), ignore_index=True).head(rows)


def _libraries(model: Predictor, features: Features) -> Callable[[], None]:
    """A function that applies each fold model by its library, in one thread."""
    calls = [_library(loaded.model, features) for loaded in model.models]

    def apply_all() -> None:
        for call in calls:
            call()

    return apply_all


def _library(part: Any, features: Features) -> Callable[[], Any]:
    estimator, seen = part.estimator, apply_view(part.view, features)
    matrix = as_matrix(seen, "C")
    if estimator.kind == "lightgbm":
        return lambda: estimator.booster.predict(matrix, raw_score=True, num_threads=1)
    if estimator.kind == "forest":
        return lambda: sum(tree.predict(matrix) for tree in estimator.trees)
    if estimator.kind == "boosted_trees":
        wide, codes, known = matrix.astype(np.float64), estimator.trees.codes, estimator.known_rows
        return lambda: [predictor.predict(wide, codes, known, 1) for predictor in estimator.predictors]
    return lambda: estimator.predict(seen)


def _counts(model: Predictor) -> dict[str, int]:
    kinds = [loaded.model.estimator.kind for loaded in model.models]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
