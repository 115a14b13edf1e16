"""Predictions of how long work takes, from how long it took so far."""

from collections.abc import Iterable
from math import ceil
from statistics import fmean

from automl_api.resources import Configuration
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import TrialProgress

RANGE_SECONDS = 5.0
"""The target length of one assignment, in seconds."""
RANGE_SHARE = 0.05
"""The largest share of the remaining time for one assignment, so that near the end all slots share a trial."""
ALONE_SECONDS = 1.0
"""A trial's first fold runs alone if it takes longer than this, so that its score can stop the trial."""
SHORTEST_FOLD = 1e-3
MOST_SLOWNESS = 3.0
LEAST_TIMEOUT_SECONDS = 60.0
LEAST_WORK_TIMEOUT_SECONDS = 600.0
TIMEOUT_TIMES = 10.0
"""A fit may take this many times its prediction, because predictions are rough."""


class Costs:
    """Predicted seconds of one fold: the trial's own mean, else that of its learner in its view, else the plan's figure.

    Where a learner was observed in other views only, the plan's figure is scaled by what those took.
    """

    def __init__(self, context: Context) -> None:
        self._learners = {learner.name: learner for learner in context.plan.learners}
        self._observed = context.spent.means()
        self._ratios: dict[str, list[float]] = {}
        for (learner, view), seconds in self._observed.items():
            self._ratios.setdefault(learner, []).append(seconds / self._planned(learner, view))

    @property
    def slowness(self) -> float:
        """The factor by which work here takes longer than the plan predicts, from 1 to MOST_SLOWNESS.

        The learner with the smallest factor counts, because a costly configuration does not mean a slow machine.
        """
        ratios = (min(ratios) for learner, ratios in self._ratios.items() if learner in self._learners)
        return min(MOST_SLOWNESS, max(1.0, min(ratios, default=1.0)))

    def of_configuration(self, configuration: Configuration) -> float:
        """Predicted seconds of one fold of a configuration."""
        learner, view = configuration.learner, configuration.view
        predicted = self._planned(learner, view) * fmean(self._ratios.get(learner, (1.0,)))
        return max(SHORTEST_FOLD, self._observed.get((learner, view), predicted))

    def _planned(self, learner: str, view: str) -> float:
        plan = self._learners.get(learner)
        return max(SHORTEST_FOLD, plan.view_seconds.get(view, plan.seconds_per_fold) if plan else 1.0)

    def of_trial(self, progress: TrialProgress) -> float:
        """Predicted seconds of one fold of a trial."""
        if progress.folds:
            return max(SHORTEST_FOLD, progress.seconds / len(progress.folds))
        return self.of_configuration(progress.trial.spec.configuration)


@per_progress
def costs(context: Context) -> Costs:
    """The predictions for a context that has a plan."""
    return Costs(context)


def stops_early(context: Context) -> bool:
    """True when trials may be stopped early at all."""
    return context.spec.early_stopping.algorithm != "none" and context.plan.folds > 1


def goes_alone(context: Context, seconds: float, *, besides: int = -1) -> bool:
    """True when a trial's other folds wait for its first: a fold is costly, and there are trials to compare with.

    `besides` is the trial's own index, where it has one.
    """
    if not stops_early(context) or seconds <= ALONE_SECONDS:
        return False
    return any(
        progress.begun or progress.leases for index, progress in context.trials_progress.items() if index != besides
    )


def timeout_seconds(predicted: float, *, last_resort: bool) -> float:
    """The most seconds that a fit may take: far more than predicted, because predictions are rough.

    A fit that hangs costs only a part of a long budget; a short budget ends before this limit. The last resort gets a
    longer limit, because the budget's end does not end it.
    """
    generous = max(LEAST_TIMEOUT_SECONDS, TIMEOUT_TIMES * predicted)
    return TIMEOUT_TIMES * generous if last_resort else generous


def work_timeout_seconds(budget_seconds: float) -> float:
    """The most seconds that prepare or finalize may take; work that hangs must not block the experiment for ever."""
    return max(LEAST_WORK_TIMEOUT_SECONDS, 2 * budget_seconds)


def range_of(
    folds: Iterable[int], seconds: float, *, left: float, alone: bool = False, shares: int = 1
) -> tuple[int, ...]:
    """The folds of one assignment: at least one, sized by RANGE_SECONDS and RANGE_SHARE of the time left.

    It has at most one of `shares` equal parts, and only the first fold where that goes `alone`.
    """
    todo = tuple(folds)
    if alone:
        return todo[:1]
    most = min(int(min(RANGE_SECONDS, RANGE_SHARE * left) / seconds), ceil(len(todo) / max(1, shares)))
    return todo[: max(1, most)]
