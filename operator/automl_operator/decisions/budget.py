"""The budget's time: prepare and finalize are inside it, and nothing is started that cannot end in time."""

from automl_api.quantities import parse_duration
from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.costs import costs, goes_alone, wall_seconds
from automl_operator.decisions.learners import worth_trying
from automl_operator.decisions.situation import Situation, per_progress, per_situation
from automl_operator.decisions.standings import Standing

RESERVE_SECONDS = 5.0
RESERVE_SHARE = 0.1
LARGEST_RESERVE_SHARE = 1 / 3


def budget_seconds(situation: Situation) -> float:
    """The whole budget."""
    return float(parse_duration(situation.spec.budget.time))


def reserve_seconds(situation: Situation) -> float:
    """What is kept free for finalize: its predicted time, or at least a little, but never most of the budget."""
    whole = budget_seconds(situation)
    wanted = max(situation.plan.finalize_seconds, min(RESERVE_SECONDS, RESERVE_SHARE * whole))
    return min(wanted, LARGEST_RESERVE_SHARE * whole)


@per_situation
def seconds_left(situation: Situation) -> float:
    """Seconds until the search must end; needs a plan."""
    return budget_seconds(situation) - reserve_seconds(situation) - situation.desk.active_seconds


def trial_fits(situation: Situation, standing: Standing) -> bool:
    """Whether the rest of a trial would end in time; while no trial is complete, one more fold is worth it already."""
    seconds = costs(situation).of_trial(standing)
    if _something_complete(situation):
        seconds = wall_seconds(len(standing.open), seconds, _free_slots(situation))
    return seconds <= seconds_left(situation)


def learner_fits(situation: Situation, learner: str) -> bool:
    """Whether a whole trial of a learner would end in time."""
    seconds = costs(situation).of_learner(learner)
    alone = int(goes_alone(situation, seconds))
    rest = wall_seconds(situation.plan.folds - alone, seconds, _free_slots(situation))
    return alone * seconds + rest <= seconds_left(situation)


@per_situation
def affordable_learners(situation: Situation) -> tuple[LearnerPlan, ...]:
    """The learners that new trials may have, of which a whole trial would end in time."""
    return tuple(learner for learner in worth_trying(situation) if learner_fits(situation, learner.name))


@per_progress
def usable(situation: Situation) -> bool:
    """Whether anything is finished that a model can be made of."""
    return any(
        standing.begun and standing.state not in ("Infeasible", "Failed") for standing in situation.standings.values()
    )


@per_progress
def _something_complete(situation: Situation) -> bool:
    return any(standing.complete for standing in situation.standings.values())


def _free_slots(situation: Situation) -> int:
    return max(1, situation.slots - len(situation.desk.leases))
