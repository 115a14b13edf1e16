"""Check on simulated data, for every kind of split, that the interval contains the published model's true score.

Rows are independent, in groups, or ordered in time. A split is folds, folds with a holdout, or a single validation
split. Candidates are ridge regressions, which cost almost nothing. The product's own code divides the rows, chooses the
members and estimates the score. Then the published model is scored on a large fresh sample, as the split assumes it:
other rows, other groups, or the period that follows, which is as long as a part of the split.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from automl_api.resources.trial import Configuration
from automl_model.features import Features
from automl_model.scoring import score
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.selection import Selected, select_and_score
from automl_runner.fold_manifest import FoldManifest, RefitManifest
from automl_runner.prepare.folds import Rows, assign
from automl_runner.prepared import HOLDOUT, FoldsInfo, Prepared, PreparedInfo, train_rows
from automl_runner.store import Store

Dependence = Literal["rows", "groups", "time"]
Split = Literal["folds", "holdout", "single"]
Metric = Literal["rmse", "roc_auc"]
Array = NDArray[np.float64]

DEPENDENCES: tuple[Dependence, ...] = get_args(Dependence)
SPLITS: tuple[Split, ...] = get_args(Split)
METRICS: tuple[Metric, ...] = get_args(Metric)
COUNTS = {"folds": 8, "holdout": 5, "single": 1}
HELD_SHARE = 0.2
GROUPS = 40
COLUMNS = 10
FRESH_ROWS, FRESH_GROUPS = 20_000, 800
EFFECT = 0.7
"""The standard deviation of the effect that rows of a group or a period share; that of their noise is 1."""
PENALTIES = (0.01, 3.0, 30.0, 300.0)
WIDTHS = (3, 6, 10)
"""The numbers of columns that candidates use."""


@dataclass(frozen=True)
class Simulated(EnsembleInput):
    """A candidate whose predictions are in memory."""

    arrays: dict[tuple[int, str], Array] = field(default_factory=dict)

    def _read(self, fold: int, name: str) -> Array:
        return self.arrays[fold, name]


@dataclass(frozen=True)
class Outcome:
    """A reported score with its interval, and the true one."""

    reported: float
    low: float
    high: float
    true: float

    @property
    def holds(self) -> bool:
        """True when the interval contains the true score."""
        return self.low <= self.true <= self.high


class World:
    """A source of data: a linear signal with an interaction, noise, and a common level of dependent rows."""

    def __init__(self, dependence: Dependence, metric: Metric, rows: int, ahead: int, seed: int) -> None:
        self._random = np.random.default_rng([seed, DEPENDENCES.index(dependence), METRICS.index(metric)])
        self._dependence, self._metric, self._rows, self._ahead = dependence, metric, rows, ahead
        self._weights = self._random.normal(size=COLUMNS) * np.array([1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0, 0, 0])
        self._levels = self._levels_in_time(rows + ahead, (rows // 9) / 4)

    def training(self) -> tuple[Array, Array, NDArray[np.int64] | None]:
        """The columns, the target, and each row's group or position in time."""
        if self._dependence == "groups":
            return self._grouped(self._rows, GROUPS)
        columns = self._random.normal(size=(self._rows, COLUMNS))
        if self._dependence == "rows":
            return columns, self._target(columns, 0.0), None
        return columns, self._target(columns, self._levels[: self._rows]), np.arange(self._rows)

    def fresh(self) -> tuple[Array, Array]:
        """The columns and the target of many rows that are independent of the training rows."""
        if self._dependence == "groups":
            return self._grouped(FRESH_ROWS, FRESH_GROUPS)[:2]
        columns = self._random.normal(size=(FRESH_ROWS, COLUMNS))
        if self._dependence == "rows":
            return columns, self._target(columns, 0.0)
        moments = self._random.integers(self._rows, self._rows + self._ahead, FRESH_ROWS)
        return columns, self._target(columns, self._levels[moments])

    def _grouped(self, rows: int, groups: int) -> tuple[Array, Array, NDArray[np.int64]]:
        group = np.sort(self._random.integers(0, groups, rows))
        centres, levels = (
            EFFECT * self._random.normal(size=(groups, COLUMNS)),
            EFFECT * self._random.normal(size=groups),
        )
        columns = EFFECT * self._random.normal(size=(rows, COLUMNS)) + centres[group]
        return columns, self._target(columns, levels[group]), group

    def _levels_in_time(self, rows: int, length: float) -> Array:
        """An autoregressive level that is correlated over about `length` rows."""
        keep = np.exp(-1.0 / length)
        steps = self._random.normal(size=rows) * np.sqrt(1 - keep**2)
        levels = np.empty(rows)
        levels[0] = self._random.normal()
        for row in range(1, rows):
            levels[row] = keep * levels[row - 1] + steps[row]
        return EFFECT * levels

    def _target(self, columns: Array, level: Array | float) -> Array:
        value = columns @ self._weights + 0.5 * columns[:, 0] * columns[:, 1] + level
        value += self._random.normal(size=len(columns))
        return (value > 0).astype(float) if self._metric == "roc_auc" else value


@dataclass(frozen=True)
class Ridge:
    """One candidate: a ridge regression."""

    width: int
    penalty: float
    classes: bool

    def fit(self, columns: Array, target: Array) -> Array:
        """The coefficients."""
        design = self._design(columns)
        penalties = np.full(design.shape[1], self.penalty)
        penalties[0] = 1e-9
        fitted: Array = np.linalg.solve(design.T @ design + np.diag(penalties), design.T @ target)
        return fitted

    def predict(self, fitted: Array, columns: Array) -> Array:
        """Values, or probabilities of two classes."""
        values = self._design(columns) @ fitted
        if not self.classes:
            return values
        positive = 1.0 / (1.0 + np.exp(-4.0 * (values - 0.5)))
        return np.column_stack([1.0 - positive, positive])

    def _design(self, columns: Array) -> Array:
        kept = columns[:, : self.width]
        return np.column_stack([np.ones(len(kept)), kept, kept[:, :1] * kept[:, 1:2]])


def experiment(dependence: Dependence, split: Split, metric: Metric, rows: int, seed: int) -> Outcome:
    """Run one experiment from its data to its published model's true score."""
    part = round(HELD_SHARE * rows) if split != "folds" else rows // (COUNTS[split] + 1)
    world = World(dependence, metric, rows, part, seed)
    columns, target, units = world.training()
    prepared = _prepared(dependence, split, metric, target, units, seed)
    ridges = {f"trial-{i}": ridge for i, ridge in enumerate(_ridges(metric))}
    candidates = [_ensemble_input(name, ridge, prepared, columns, target) for name, ridge in ridges.items()]
    selected = select_and_score(prepared, candidates, tuple(range(prepared.info.folds.count)), seed)
    fresh, validation = world.fresh()
    predicted = _published(selected, ridges, prepared, columns, target, fresh)
    true = score(metric, validation.astype(np.int64) if metric == "roc_auc" else validation, predicted)
    return Outcome(selected.score.value, selected.score.low, selected.score.high, true)


def _ridges(metric: Metric) -> Iterator[Ridge]:
    return (Ridge(width, penalty, metric == "roc_auc") for width in WIDTHS for penalty in PENALTIES)


def _prepared(
    dependence: Dependence, split: Split, metric: Metric, target: Array, units: NDArray[np.int64] | None, seed: int
) -> Prepared:
    classes = metric == "roc_auc"
    strata = target.astype(np.int32) if classes else target
    groups = units if dependence == "groups" else None
    times = None if units is None or groups is not None else units.astype(float)
    laid, count = Rows(strata, classes, groups, times), COUNTS[split]
    held = round(HELD_SHARE * len(target)) if split == "holdout" else 0
    assignment = assign(laid, count, held, np.random.default_rng(seed))
    kind = laid.kind(count)
    shares = tuple(float(train_rows(assignment, kind, fold).mean()) for fold in range(count))
    info = PreparedInfo(
        task="binary" if classes else "regression", metric=metric, target="y", original_type="int64", encoder={},
        classes=("no", "yes") if classes else (), signature=(), rows=len(target), columns=COLUMNS,
        folds=FoldsInfo(count=count, kind=kind, digest="", trained_shares=shares),
    )  # fmt: skip
    nothing = Features(np.empty((0, 0), np.float32), np.empty((0, 0), np.int32), (), (), ())
    return _WithHoldout(Path(), info, nothing, strata, None, assignment, laid.units)


class _WithHoldout(Prepared):
    """Prepared data whose holdout target is in memory, not in a file."""

    def holdout_target(self) -> NDArray[np.float64] | NDArray[np.int32]:
        """The target of the holdout's rows."""
        return self.target[self.holdout_rows]


def _ensemble_input(name: str, ridge: Ridge, prepared: Prepared, columns: Array, target: Array) -> Simulated:
    configuration = Configuration(learner="linear", parameters={"width": ridge.width, "penalty": ridge.penalty})
    facts = {"trial": name, "configuration": configuration, "folds_digest": "", "directory": ""}
    costs = {"seconds": 0.0, "peak_memory_bytes": 0, "model_bytes": 0}
    arrays, manifests = dict[tuple[int, str], Array](), dict[int, FoldManifest]()
    for fold in range(prepared.info.folds.count):
        train, valid = prepared.fold_rows(fold)
        fitted = ridge.fit(columns[train], target[train])
        arrays[fold, "predictions.npy"] = ridge.predict(fitted, columns[valid])
        arrays[fold, "holdout.npy"] = ridge.predict(fitted, columns[prepared.folds == HOLDOUT])
        scored = score(prepared.info.metric, prepared.target[valid], arrays[fold, "predictions.npy"])
        manifests[fold] = FoldManifest(**facts, **costs, fold=fold, score=scored)
    refit = RefitManifest(**facts, **costs) if prepared.info.folds.refit else None
    return Simulated(name, configuration, manifests, _NO_STORE, refit, arrays)


def _published(
    selected: Selected, ridges: dict[str, Ridge], prepared: Prepared, columns: Array, target: Array, fresh: Array
) -> Array:
    """The published model's predictions for fresh rows."""
    blended: list[Array] = []
    for member in selected.published.members():
        ridge, models = ridges[member.trial], list[Array]()
        for part in member.parts:
            rows = slice(None) if part == "refit" else prepared.fold_rows(int(part.removeprefix("fold-")))[0]
            models.append(ridge.predict(ridge.fit(columns[rows], target[rows]), fresh))
        blended.append(member.weight * np.mean(models, axis=0))
    return np.asarray(np.sum(blended, axis=0))


_NO_STORE: Store = None  # type: ignore[assignment]  # a simulated candidate has nothing in a store


def outcomes(
    pool: Executor, dependence: Dependence, split: Split, metric: Metric, *, runs: int, rows: int, first_seed: int = 0
) -> list[Outcome]:
    """The outcomes of many experiments of one kind."""
    run = partial(experiment, dependence, split, metric, rows)
    return list(pool.map(run, range(first_seed, first_seed + runs), chunksize=10))


def relative_width(found: list[Outcome]) -> float:
    """The mean width in units of 3.92 standard deviations of (reported - true): 1 is just wide enough."""
    spread = np.std([outcome.reported - outcome.true for outcome in found])
    return float(np.mean([outcome.high - outcome.low for outcome in found]) / (3.92 * spread))
