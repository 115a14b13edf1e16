"""What decisions pass on to each other: few trials change between two of them, and a long search has thousands."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from operator import is_not

from automl_api.resources import ExperimentSpec, PlanSpec, Trial
from automl_operator.decisions.state.trial_progress import TrialProgress


@dataclass(frozen=True)
class Spent:
    """What trials have taken, by learner. Whole microseconds, so that the order of adding changes no sum."""

    microseconds: Counter[str] = field(default_factory=Counter)
    folds: Counter[str] = field(default_factory=Counter)

    def add(self, progress: TrialProgress) -> None:
        """Count a trial in."""
        self.microseconds[progress.learner] += progress.microseconds
        self.folds[progress.learner] += len(progress.folds)

    def remove(self, progress: TrialProgress) -> None:
        """Count a trial out that was counted in."""
        self.microseconds[progress.learner] -= progress.microseconds
        self.folds[progress.learner] -= len(progress.folds)

    def copy(self) -> "Spent":
        """The same, to be changed apart."""
        return Spent(self.microseconds.copy(), self.folds.copy())

    def means(self) -> dict[str, float]:
        """Mean seconds of a fold, by learner with one."""
        return {learner: self.microseconds[learner] / folds / 1e6 for learner, folds in self.folds.items() if folds}


@dataclass(frozen=True)
class PlanFault:
    """What is wrong with a plan for a spec, as a sentence; empty where nothing is."""

    plan: PlanSpec
    spec: ExperimentSpec
    fault: str


@dataclass(frozen=True)
class ProgressCache:
    """The progress of trials without leases and results, by index, and what they have spent together.

    An entry is used only for the very trial object that it is of, so that no answer depends on it.
    """

    trials: tuple[Trial, ...] = ()
    plan: PlanSpec | None = None
    progress: Mapping[int, TrialProgress] = field(default_factory=dict)
    """In the trials' order."""
    spent: Spent = field(default_factory=Spent)
    plan_fault: PlanFault | None = None

    def renewed(self, trials: tuple[Trial, ...], plan: PlanSpec) -> "ProgressCache":
        """The cache for these trials; what did not change is taken over."""
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
        """Whether these are the same trials by index, in the same order, and perhaps more behind them."""
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
    """Those that are not the very objects that they were; found without a step of Python for each."""
    return compress(now, map(is_not, now, before))
