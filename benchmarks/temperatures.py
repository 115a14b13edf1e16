"""Compare blends with and without a temperature of each member's own (docs/decisions/0012-temperatures-of-members.md).

    python benchmarks/temperatures.py [--metric log_loss] [--tables vowel,pima] [--splits 2]

Tables of KEEL that are in no other benchmark here, at most 1,500 rows to learn from; eight configurations of five
learners of scikit-learn and LightGBM in five folds; the real selection; losses on rows that no model has seen.
"""

import argparse
import os
import statistics
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from datasets import keel
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_api.metrics import METRICS
from automl_api.resources.trial import Configuration
from automl_model.calibration import sharpen
from automl_model.scoring import score
from automl_runner.ensemble.crossfit import Crossfit
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.validation_target import ValidationTarget
from automl_runner.store.directory import DirectoryStore

TABLES = [
    "vehicle",
    "vowel",
    "segment",
    "wine",
    "iris",
    "wdbc",
    "wisconsin",
    "splice",
    "ring",
    "twonorm",
    "satimage",
    "movement_libras",
    "contraceptive",
    "pima",
    "german",
    "texture",
    "optdigits",
    "penbased",
]
FOLDS, MOST_ROWS, LEAST_OF_A_CLASS = 5, 1_500, 20


@dataclass(frozen=True)
class InMemory(EnsembleInput):
    """A candidate whose predictions are in memory, with those for the test rows."""

    values: list[NDArray[np.float32]] = field(default_factory=list)
    """By fold."""
    test: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def stage_rounds(self, fold: int) -> tuple[int, ...]:  # noqa: ARG002 - it has no stages
        """See EnsembleInput."""
        return ()

    def predictions(self, fold: int) -> NDArray[np.float32]:
        """See EnsembleInput."""
        return self.values[fold]


class Common(Crossfit):
    """The selection with the temperature of the blend only."""

    def _temperature(self, index: int, chosen_by: tuple[int, ...]) -> float:  # noqa: ARG002 - one signature
        return 1.0


def models(seed: int) -> Iterator[tuple[str, Any]]:
    """The learners and their configurations."""
    for strength in (0.1, 10):
        yield "linear", make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500))
    yield "extra_trees", ExtraTreesClassifier(60, random_state=seed)
    yield "extra_trees", ExtraTreesClassifier(60, random_state=seed, min_samples_leaf=3, max_features=0.7)
    yield "random_forest", RandomForestClassifier(60, random_state=seed)
    for width, decay in ((64, 1e-4), (128, 1.0)):
        network = MLPClassifier((width,), alpha=decay, max_iter=60, random_state=seed)
        yield "mlp", make_pipeline(StandardScaler(), network)
    yield "lightgbm", LGBMClassifier(n_estimators=30, num_leaves=15, verbose=-1, n_jobs=1)


def compare(name: str, seed: int, metric: str) -> float | None:
    """The loss with members' temperatures divided by the loss without; None where that is undefined."""
    warnings.simplefilter("ignore")  # few epochs, as meant
    features, target = _rows(name)
    if target.max() > 1 and "multiclass" not in METRICS[metric].tasks:
        return None
    size = min(MOST_ROWS, int(0.7 * len(target)))
    seen, new, known, truth = train_test_split(features, target, train_size=size, random_state=seed, stratify=target)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(seen, known))
    candidates = [_candidate(learner, model, (seen, known, new), folds) for learner, model in models(seed)]
    order = np.concatenate([valid for _, valid in folds])
    fold_of = np.repeat(np.arange(FOLDS), [len(valid) for _, valid in folds])
    validation = ValidationTarget(metric, tuple(range(FOLDS)), known[order], None, fold_of, seed)
    own, common = (_loss(way(candidates, validation), truth) for way in (Crossfit, Common))
    return own / common if min(own, common) > 0 else None


def _rows(name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    frame = keel(name)
    target = pd.factorize(frame.pop("target"))[0]
    matrix = pd.get_dummies(frame, dtype=float).fillna(frame.median(numeric_only=True)).fillna(0).to_numpy(np.float32)
    kept = np.isin(target, np.flatnonzero(np.bincount(target) >= LEAST_OF_A_CLASS))
    return matrix[kept], pd.factorize(target[kept])[0].astype(np.int64)


def _candidate(learner: str, model: Any, rows: tuple[Any, Any, Any], folds: list[tuple[Any, Any]]) -> InMemory:
    seen, known, new = rows
    values, test = [], []
    for train, valid in folds:
        model.fit(seen[train], known[train])
        values.append(model.predict_proba(seen[valid]).astype(np.float32))
        test.append(model.predict_proba(new))
    configuration = Configuration(learner=learner, parameters={})
    return InMemory(learner, configuration, {}, DirectoryStore(Path("/nowhere")), None, values, np.stack(test))


def _loss(crossfit: Crossfit, truth: NDArray[np.int64]) -> float:
    choice = crossfit.choose()
    candidates = crossfit.candidates
    blended = choice.blend(
        lambda index, temperature: np.mean([sharpen(part, temperature) for part in candidates[index].test], axis=0)
    )
    metric = crossfit.validation.metric
    value = score(metric, truth, choice.calibration.apply(blended))
    return value if METRICS[metric].sign < 0 else 1 - value


def main() -> None:
    """Print the ratio of each split, and the geometric mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metric", default="log_loss")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--splits", type=int, default=2)
    chosen = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    places = [(name, seed) for name in chosen.tables.split(",") for seed in range(chosen.splits)]
    names, seeds = zip(*places, strict=True)
    ratios = []
    with ProcessPoolExecutor() as pool:
        found = pool.map(compare, names, seeds, [chosen.metric] * len(places))
        for (name, seed), ratio in zip(places, found, strict=True):
            if ratio is not None:
                ratios.append(ratio)
                print(f"{name:16} {seed} {ratio:.3f}", flush=True)
    better, worse = (sum(sign * ratio > sign for ratio in ratios) for sign in (-1, 1))
    print(f"geometric mean {statistics.geometric_mean(ratios):.3f}; better {better}, worse {worse} of {len(ratios)}")


if __name__ == "__main__":
    main()
