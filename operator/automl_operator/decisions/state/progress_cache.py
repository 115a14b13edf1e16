"""The cache that one decision passes to the next: a long search has thousands of trials, and few change in between."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from operator import is_not

from automl_api.resources import ExperimentSpec, PlanSpec, Trial
from automl_operator.decisions.state.trial_progress import TrialProgress


@dataclass(frozen=True)
class Spent:
    """Time and folds that trials have spent, by learner and view. Whole microseconds make sums independent of the order."""

    microseconds: Counter[tuple[str, str]] = field(default_factory=Counter)
    folds: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, progress: TrialProgress) -> None:
        """Add a trial."""
        self.microseconds[_kind(progress)] += progress.microseconds
        self.folds[_kind(progress)] += len(progress.folds)

    def remove(self, progress: TrialProgress) -> None:
        """Take out a trial that was added."""
        self.microseconds[_kind(progress)] -= progress.microseconds
        self.folds[_kind(progress)] -= len(progress.folds)

    def copy(self) -> "Spent":
        """A copy that can change independently."""
        return Spent(self.microseconds.copy(), self.folds.copy())

    def means(self) -> dict[tuple[str, str], float]:
        """Mean seconds of a fold, by learner and view; those without a fold are left out."""
        return {kind: self.microseconds[kind] / folds / 1e6 for kind, folds in self.folds.items() if folds}


def _kind(progress: TrialProgress) -> tuple[str, str]:
    return progress.learner, progress.trial.spec.configuration.view


@dataclass(frozen=True)
class PlanFault:
    """The fault of a plan for a spec, as a sentence; empty where there is none."""

    plan: PlanSpec
    spec: ExperimentSpec
    fault: str


@dataclass(frozen=True)
class ProgressCache:
    """The progress of trials without leases and pending results, by index, and what they have spent together.

    An entry is used only for the same trial object, so no answer depends on the cache.
    """

    trials: tuple[Trial, ...] = ()
    plan: PlanSpec | None = None
    progress: Mapping[int, TrialProgress] = field(default_factory=dict)
    """In the trials' order."""
    spent: Spent = field(default_factory=Spent)
    plan_fault: PlanFault | None = None

    def renewed(self, trials: tuple[Trial, ...], plan: PlanSpec) -> "ProgressCache":
        """The cache for these trials. The entries of unchanged trials are kept."""
        keeps = plan is self.plan and self._keeps_places(trials)
        if keeps and trials is self.trials:
            return self
        known = self if keeps else ProgressCache(plan_fault=self.plan_fault)
        progress, spent = dict(known.progress), known.spent.copy()
        for trial in (*_changed(known.trials, trials), *trials[len(known.trials) :]):
            index = trial.spec.index
            if index in progress:
                spent.remove(progress[index])
            progress[index] = TrialProgress(trial, plan)
            spent.add(progress[index])
        return replace(known, trials=trials, plan=plan, progress=progress, spent=spent)

    def _keeps_places(self, trials: tuple[Trial, ...]) -> bool:
        """True when these are the same trials by index, in the same order, perhaps with more at the end."""
        before = compress(self.trials, map(is_not, trials, self.trials))
        added = trials[len(self.trials) :]
        return (
            len(trials) >= len(self.trials)
            and all(
                new.spec.index == old.spec.index for new, old in zip(_changed(self.trials, trials), before, strict=True)
            )
            and not any(trial.spec.index in self.progress for trial in added)
        )


def _changed(before: tuple[Trial, ...], now: tuple[Trial, ...]) -> Iterator[Trial]:
    """The trials that are other objects than before, found without a Python loop."""
    return compress(now, map(is_not, now, before))
