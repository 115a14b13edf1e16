"""A record of `recording.py`: the configurations that were fitted, with the seconds and scores of their folds."""

import json
import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from quality import loss
from recording import COSTS, PLAN, TEST
from tabular_sets import split

from automl_api.protocol import Candidate
from automl_api.resources.plan import LearnerPlan, PlanSpec
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_model.calibration import sharpen
from automl_model.stack import combined
from automl_operator.search.space import bounds
from automl_runner.ensemble.ensemble_input import EnsembleInput, common_folds, gather
from automl_runner.ensemble.selection import Selected, select_and_score
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store.directory import DirectoryStore

if TYPE_CHECKING:
    import pandas as pd

_OTHER = 1.0
"""The distance of two values of a choice that differ, on the scale where a number's range is 1."""


@dataclass(frozen=True)
class RecordedTrial:
    """One configuration, all of whose folds were fitted."""

    name: str
    configuration: Configuration
    seconds: dict[int, float]
    """By fold."""
    scores: dict[int, float]
    """By fold."""


@dataclass(frozen=True)
class Record:
    """The record of one split of a table, or a part of it."""

    folder: Path
    without: frozenset[str] = frozenset()
    """Learners and views to leave out."""
    portfolio: bool = True
    """False leaves out the learners' portfolios."""
    one_fold: bool = False
    """True leaves out all folds but the first: a single split."""

    @cached_property
    def plan(self) -> PlanSpec:
        """The plan that prepare made, without what is left out."""
        whole = PlanSpec.read_json((self.folder / PLAN).read_bytes())
        learners = tuple(self._part(one) for one in whole.learners if one.name not in self.without)
        return whole.replace(learners=learners, folds=1 if self.one_fold else whole.folds)

    def _part(self, learner: LearnerPlan) -> LearnerPlan:
        views, early = (
            tuple(v for v in some if v not in self.without) for some in (learner.views, learner.early_views)
        )
        return learner.replace(
            views=views,
            early_views=early,
            view_seconds={view: seconds for view, seconds in learner.view_seconds.items() if view in views},
            portfolio=learner.portfolio if self.portfolio else (),
        )

    @cached_property
    def trials(self) -> dict[str, RecordedTrial]:
        """The recorded trials, by the key of their configuration."""
        lines = [json.loads(line) for line in (self.folder / COSTS).read_text().splitlines()]
        folds: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
        names = {}
        for line in lines:
            if "score" in line:
                folds[line["key"]][line["fold"]] = line
                names[line["key"]] = line["trial"]
        return {
            key: RecordedTrial(
                names[key],
                _configuration(key),
                {fold: line["seconds"] for fold, line in of_trial.items()},
                {fold: line["score"] for fold, line in of_trial.items()},
            )
            for key, of_trial in folds.items()
            if of_trial.keys() >= set(range(self.plan.folds)) and not self.without & set(json.loads(key)[:2])
        }

    @cached_property
    def store(self) -> DirectoryStore:
        """The runner's store."""
        return DirectoryStore(self.folder / "store")

    @cached_property
    def prepared(self) -> Prepared:
        """The prepared rows."""
        artefact = self.plan.prepared
        return open_prepared(self.store.local_directory(artefact.path, artefact.digest), artefact.digest)

    def nearest(self, wanted: Configuration, taken: Container[str]) -> RecordedTrial | None:
        """The trial of the same learner that is nearest to a configuration, without those whose keys are taken."""
        learner = next(one for one in self.plan.learners if one.name == wanted.learner)
        free = [
            trial
            for key, trial in self.trials.items()
            if key not in taken and trial.configuration.learner == learner.name
        ]
        return min(free, key=lambda trial: _distance(learner, wanted, trial.configuration), default=None)

    def select(self, finished: Iterable[tuple[RecordedTrial, tuple[int, ...]]], seed: int) -> Selected:
        """The ensemble that finalize would choose from trials with their finished folds."""
        candidates = [
            Candidate(trial=trial.name, configuration=trial.configuration, folds=folds) for trial, folds in finished
        ]
        gathered = gather(self.store, candidates, self.prepared.info.folds.digest)
        folds = common_folds(gathered, self.prepared.info.metric)
        comparable = [candidate for candidate in gathered if set(folds) <= set(candidate.folds)]
        return select_and_score(self.prepared, comparable, folds, seed)

    def test_loss(self, selected: Selected) -> float:
        """The loss of the ensemble on the rows that no trial has seen; less is better."""
        return self.loss_of(self.test_prediction(selected))

    def loss_of(self, predicted: NDArray[np.float64], rows: NDArray[np.int64] | None = None) -> float:
        """The loss of predictions for the test rows, or of some of these rows."""
        truth, rows = self.test_target, np.arange(len(predicted)) if rows is None else rows
        return loss(self.prepared.info.task, truth.iloc[rows], (predicted[rows], list(self.prepared.info.classes)))[1]

    @cached_property
    def test_target(self) -> "pd.Series":
        """The true values of the test rows."""
        name, number = self.folder.name.rsplit("-", 2)[:2]
        parts = split(name, int(number))
        return parts.test[parts.table.target]

    def test_prediction(self, selected: Selected) -> NDArray[np.float64]:
        """The ensemble's predictions for the test rows."""
        chosen = selected.published.chosen
        members = np.stack(
            [np.mean([sharpen(part, one.temperature) for part in self._tests(one.candidate)], axis=0) for one in chosen]
        )
        return combined(members, [one.weight for one in chosen], selected.calibration, selected.stack)

    def _tests(self, candidate: EnsembleInput) -> Iterator[NDArray[np.float32]]:
        """The predictions of each of its folds' models for the test rows."""
        for fold in sorted(candidate.folds):
            yield np.load(self.folder / TEST / candidate.trial / f"fold-{fold}.npy", allow_pickle=False)


def _configuration(key: str) -> Configuration:
    view, learner, parameters = json.loads(key)
    return Configuration(view=view, learner=learner, parameters=parameters)


def _distance(learner: LearnerPlan, one: Configuration, other: Configuration) -> float:
    squares = [_OTHER if one.view != other.view else 0.0]
    for parameter in learner.space:
        a, b = one.parameters.get(parameter.name), other.parameters.get(parameter.name)
        squares.append(_apart(parameter, a, b) ** 2)
    return sum(squares)


def _apart(parameter: Parameter, one: object, other: object) -> float:
    """The distance of two values of a parameter on its own scale, where its range is 1."""
    if one is None or other is None or parameter.type == "choice" or not isinstance(one, (int, float)):
        return 0.0 if one == other else _OTHER
    assert isinstance(other, (int, float))
    low, high = bounds(parameter)
    if parameter.log:
        return abs(math.log(max(one, low) / max(other, low))) / max(math.log(high / low), 1e-9)
    return abs(one - other) / max(high - low, 1e-9)
