"""How long work will take, predicted from what it took so far."""

from collections import defaultdict
from collections.abc import Iterable
from math import ceil

from automl_operator.decisions.situation import Situation, per_progress
from automl_operator.decisions.standings import Standing

RANGE_SECONDS = 5.0
"""A range of folds is sized to about this much work."""
ALONE_SECONDS = 1.0
"""Where a fold takes longer, the first one goes alone, so that the trial can be judged by it."""
SHORTEST_FOLD = 1e-3
LEAST_TIMEOUT_SECONDS = 60.0
TIMEOUT_TIMES = 10.0
"""A fit may take this many times what was predicted; predictions are rough."""


class Costs:
    """Predicted seconds of one fold: the trial's own mean, else its learner's, else the plan's figure."""

    def __init__(self, situation: Situation) -> None:
        self._plan = {learner.name: learner.seconds_per_fold for learner in situation.plan.learners}
        seconds: dict[str, float] = defaultdict(float)
        folds: dict[str, int] = defaultdict(int)
        for standing in situation.standings.values():
            seconds[standing.learner] += standing.seconds
            folds[standing.learner] += len(standing.folds)
        self._observed = {learner: seconds[learner] / folds[learner] for learner in seconds if folds[learner]}

    def of_learner(self, learner: str) -> float:
        """One fold of a configuration of a learner."""
        return max(SHORTEST_FOLD, self._observed.get(learner, self._plan.get(learner, 1.0)))

    def of_trial(self, standing: Standing) -> float:
        """One fold of a trial."""
        if standing.folds:
            return max(SHORTEST_FOLD, standing.seconds / len(standing.folds))
        return self.of_learner(standing.learner)


@per_progress
def costs(situation: Situation) -> Costs:
    """The predictions for a situation that has a plan."""
    return Costs(situation)


def stops_early(situation: Situation) -> bool:
    """Whether trials may be stopped early at all."""
    return situation.spec.early_stopping.algorithm != "none" and situation.plan.folds > 1


def goes_alone(situation: Situation, seconds: float, *, besides: int = -1) -> bool:
    """Whether the first fold of a trial is waited for: it is costly, and there are others to judge the trial by.

    `besides` is the trial's own index, where it has one already.
    """
    if not stops_early(situation) or seconds <= ALONE_SECONDS:
        return False
    return any(s.begun or s.leases for index, s in situation.standings.items() if index != besides)


def wall_seconds(folds: int, seconds: float, slots: int) -> float:
    """How long some folds take when as many slots as there are free share them."""
    return ceil(folds / max(1, slots)) * seconds


def timeout_seconds(predicted: float, *, last_resort: bool) -> float:
    """The most that a fit may take: far more than predicted, for predictions are rough.

    So a fit that hangs costs a part of a long budget; of a short one the budget's end is the limit, which the last
    resort does not have.
    """
    generous = max(LEAST_TIMEOUT_SECONDS, TIMEOUT_TIMES * predicted)
    return TIMEOUT_TIMES * generous if last_resort else generous


def range_of(folds: Iterable[int], seconds: float, *, alone: bool, shares: int = 1) -> tuple[int, ...]:
    """The folds of one assignment: about RANGE_SECONDS of work, at least one, at most one of `shares` equal parts."""
    todo = tuple(folds)
    if alone:
        return todo[:1]
    return todo[: max(1, min(int(RANGE_SECONDS / seconds), ceil(len(todo) / max(1, shares))))]
