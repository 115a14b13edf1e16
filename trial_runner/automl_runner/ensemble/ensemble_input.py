"""The candidates of an ensemble: the manifests of their finished folds, and predictions that are read when needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_api.protocol import Candidate
from automl_api.resources.trial import Configuration
from automl_model.calibration import sharpen
from automl_runner.fold_manifest import (
    HOLDOUT,
    PREDICTIONS,
    SHARED,
    STAGES,
    FoldManifest,
    RefitManifest,
    read_folds,
    read_refit,
)
from automl_runner.store import Store

Array = NDArray[Any]


@dataclass(frozen=True)
class EnsembleInput:
    """A candidate and the manifests of its finished folds, by number."""

    trial: str
    configuration: Configuration
    folds: dict[int, FoldManifest]
    store: Store
    refit: RefitManifest | None = None
    """The model of all rows, where there is one."""

    def mean_score(self, folds: Sequence[int]) -> float:
        """Its mean score over some of its folds."""
        return float(np.mean([self.folds[fold].score for fold in folds]))

    def predictions(self, fold: int) -> Array:
        """The predictions for the fold's validation rows."""
        return self._read(fold, PREDICTIONS)

    def stage_rounds(self, fold: int) -> tuple[int, ...]:
        """The rounds of the fold's stages; empty where it has none."""
        return self.folds[fold].stage_rounds

    def staged(self, fold: int, stage: int) -> Array:
        """The predictions for the fold's validation rows at a stage, or at the last stage if there are fewer."""
        stages = self._read(fold, STAGES)
        chosen: Array = stages[min(stage, len(stages) - 1)]
        return chosen

    def holdout(self, folds: Sequence[int], temperature: float) -> Array:
        """The predictions for the holdout's rows at a temperature: the mean over some of its folds."""
        return np.asarray(np.mean([sharpen(self._read(fold, HOLDOUT), temperature) for fold in folds], axis=0))

    def shared(self, fold: int) -> Array | None:
        """The fold's predictions for the shared rows of its partner; None where there are none."""
        return self._read(fold, SHARED) if SHARED in self.folds[fold].files else None

    def best_stage(self, metric: str, folds: Sequence[int]) -> int | None:
        """The stage with the best mean score over some folds; None where rounds were not chosen by validation."""
        curves = [self.folds[fold].stage_scores for fold in folds]
        if not curves or not all(curves):
            return None
        sign, longest = METRICS[metric].sign, max(len(curve) for curve in curves)
        table = np.array([[_at(curve, stage) for stage in range(longest)] for curve in curves], float)
        if np.isnan(table).all():
            return longest - 1
        means = np.where(np.isnan(table).any(axis=0), -np.inf, sign * np.nan_to_num(table).mean(axis=0))
        return int(means.argmax())

    def _read(self, fold: int, name: str) -> Array:
        manifest = self.folds[fold]
        path = self.store.local_file(f"{manifest.directory}/{name}", manifest.files.get(name, ""))
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def _at(curve: tuple[float | None, ...], stage: int) -> float:
    value = curve[min(stage, len(curve) - 1)]
    return float("nan") if value is None else value


def gather(store: Store, candidates: Sequence[Candidate], folds_digest: str) -> list[EnsembleInput]:
    """The candidates with at least one finished fold of this division; a fold without a manifest does not exist."""
    asked = [(candidate.trial, fold) for candidate in candidates for fold in candidate.folds]
    read = dict(zip(asked, read_folds(store, asked), strict=True))
    found = []
    for candidate in candidates:
        manifests = {
            fold: pair[0]
            for fold in candidate.folds
            if (pair := read[candidate.trial, fold]) is not None
            and pair[0].folds_digest == folds_digest
            and pair[0].configuration.key == candidate.configuration.key
        }
        if manifests:
            refit = read_refit(store, candidate.trial) if candidate.refit else None
            found.append(EnsembleInput(candidate.trial, candidate.configuration, manifests, store, refit and refit[0]))
    return found


def fetch(store: Store, candidates: Sequence[EnsembleInput], folds: Sequence[int], *, holdout: bool) -> None:
    """Copy the predictions that will be read to this machine, if the store makes copies."""
    names = (PREDICTIONS, STAGES, SHARED, HOLDOUT) if holdout else (PREDICTIONS, STAGES, SHARED)
    manifests = [candidate.folds[fold] for candidate in candidates for fold in folds]
    store.fetch(
        {
            f"{manifest.directory}/{name}": manifest.files[name]
            for manifest in manifests
            for name in names
            if name in manifest.files
        }
    )


def common_folds(candidates: Sequence[EnsembleInput], metric: str) -> tuple[int, ...]:
    """The folds to compare on: all folds that the best candidate has finished.

    Candidates with less than half as many folds as the longest one do not count, because they were stopped as hopeless.
    """
    most = max(len(candidate.folds) for candidate in candidates)
    serious = [candidate for candidate in candidates if 2 * len(candidate.folds) >= most]
    shared = set.intersection(*(set(candidate.folds) for candidate in serious))
    if not shared:
        return tuple(sorted(max(serious, key=lambda candidate: len(candidate.folds)).folds))
    sign, order = METRICS[metric].sign, sorted(shared)
    best = max(serious, key=lambda candidate: sign * candidate.mean_score(order))
    return tuple(sorted(best.folds))
