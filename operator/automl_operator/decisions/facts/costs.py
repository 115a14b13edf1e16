"""How long work will take, predicted from what it took so far."""

from collections.abc import Iterable
from math import ceil

from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import TrialProgress

RANGE_SECONDS = 5.0
"""A range of folds is sized to about this much work,"""
RANGE_SHARE = 0.05
"""or to this share of the time that is left, so that near the end all slots share a trial."""
ALONE_SECONDS = 1.0
"""Where a fold takes longer, the first one goes alone, so that the trial can be judged by it."""
SHORTEST_FOLD = 1e-3
MOST_SLOWNESS = 3.0
LEAST_TIMEOUT_SECONDS = 60.0
LEAST_WORK_TIMEOUT_SECONDS = 600.0
TIMEOUT_TIMES = 10.0
"""A fit may take this many times what was predicted; predictions are rough."""


class Costs:
    """Predicted seconds of one fold: the trial's own mean, else its learner's, else the plan's figure."""

    def __init__(self, context: Context) -> None:
        self._plan = {learner.name: learner.seconds_per_fold for learner in context.plan.learners}
        self._observed = context.spent.means()

    @property
    def slowness(self) -> float:
        """How many times as long as predicted work takes here, from 1 to MOST_SLOWNESS: that of the learner that shows
        least of it, because configurations that cost more than the default make no machine slow."""
        ratios = [seconds / self._plan[name] for name, seconds in self._observed.items() if self._plan.get(name)]
        return min(MOST_SLOWNESS, max(1.0, min(ratios, default=1.0)))

    def of_learner(self, learner: str) -> float:
        """One fold of a configuration of a learner."""
        return max(SHORTEST_FOLD, self._observed.get(learner, self._plan.get(learner, 1.0)))

    def of_trial(self, progress: TrialProgress) -> float:
        """One fold of a trial."""
        if progress.folds:
            return max(SHORTEST_FOLD, progress.seconds / len(progress.folds))
        return self.of_learner(progress.learner)


@per_progress
def costs(context: Context) -> Costs:
    """The predictions for a situation that has a plan."""
    return Costs(context)


def stops_early(context: Context) -> bool:
    """Whether trials may be stopped early at all."""
    return context.spec.early_stopping.algorithm != "none" and context.plan.folds > 1


def goes_alone(context: Context, seconds: float, *, besides: int = -1) -> bool:
    """Whether the first fold of a trial is waited for: it is costly, and there are others to judge the trial by.

    `besides` is the trial's own index, where it has one already.
    """
    if not stops_early(context) or seconds <= ALONE_SECONDS:
        return False
    return any(s.begun or s.leases for index, s in context.trials_progress.items() if index != besides)


def timeout_seconds(predicted: float, *, last_resort: bool) -> float:
    """The most that a fit may take: far more than predicted, for predictions are rough.

    So a fit that hangs costs a part of a long budget; of a short one the budget's end is the limit, which the last
    resort does not have.
    """
    generous = max(LEAST_TIMEOUT_SECONDS, TIMEOUT_TIMES * predicted)
    return TIMEOUT_TIMES * generous if last_resort else generous


def work_timeout_seconds(budget_seconds: float) -> float:
    """The most that prepare or finalize may take: what hangs must not hang the experiment for ever."""
    return max(LEAST_WORK_TIMEOUT_SECONDS, 2 * budget_seconds)


def range_of(
    folds: Iterable[int], seconds: float, *, left: float, alone: bool = False, shares: int = 1
) -> tuple[int, ...]:
    """The folds of one assignment: at least one, sized by RANGE_SECONDS and RANGE_SHARE of the time that is left.

    At most one of `shares` equal parts; of those that go `alone` the first.
    """
    todo = tuple(folds)
    if alone:
        return todo[:1]
    most = min(int(min(RANGE_SECONDS, RANGE_SHARE * left) / seconds), ceil(len(todo) / max(1, shares)))
    return todo[: max(1, most)]
