"""The trials as they are stored, kept from one decision to the next: few change, and a long search has thousands."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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


class ProgressCache:
    """A cache: the standings without leases and results, by index, and what they have spent together.

    One is used only for the very trial object that it is of, so that no answer depends on it.
    """

    def __init__(self) -> None:
        self._trials: tuple[Trial, ...] = ()
        self._plan: PlanSpec | None = None
        self.trials_progress: dict[int, TrialProgress] = {}
        """In the trials' order."""
        self.spent = Spent()
        self._fault: tuple[PlanSpec, ExperimentSpec, str] | None = None

    def fault(self, plan: PlanSpec, spec: ExperimentSpec, find: Callable[[PlanSpec, ExperimentSpec], str]) -> str:
        """What is wrong with a plan, looked for once."""
        if self._fault is None or self._fault[0] is not plan or self._fault[1] is not spec:
            self._fault = (plan, spec, find(plan, spec))
        return self._fault[2]

    def renew(self, trials: tuple[Trial, ...], plan: PlanSpec) -> None:
        """Make these the trials; what did not change is kept."""
        if plan is not self._plan or not self._keeps_places(trials):
            self.trials_progress, self.spent, self._trials = {}, Spent(), ()
        for trial in (*self._changed(trials), *trials[len(self._trials) :]):
            self._put(TrialProgress(trial, plan))
        self._trials, self._plan = trials, plan

    def _put(self, progress: TrialProgress) -> None:
        index = progress.trial.spec.index
        if index in self.trials_progress:
            self.spent.remove(self.trials_progress[index])
        self.trials_progress[index] = progress
        self.spent.add(progress)

    def _keeps_places(self, trials: tuple[Trial, ...]) -> bool:
        """Whether these are the same trials by index, in the same order, and perhaps more behind them."""
        before = compress(self._trials, map(is_not, trials, self._trials))
        added = trials[len(self._trials) :]
        return (
            len(trials) >= len(self._trials)
            and all(new.spec.index == old.spec.index for new, old in zip(self._changed(trials), before, strict=True))
            and not any(trial.spec.index in self.trials_progress for trial in added)
        )

    def _changed(self, trials: tuple[Trial, ...]) -> Iterator[Trial]:
        """Those that are not the very objects that they were; found without a step of Python for each."""
        return compress(trials, map(is_not, trials, self._trials))
