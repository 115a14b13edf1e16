"""The budget's time: prepare and finalize are inside it."""

from automl_api.quantities import parse_duration
from automl_operator.decisions.facts.costs import costs
from automl_operator.decisions.facts.refit_choice import all_refits_seconds
from automl_operator.decisions.state.context import Context, per_progress, per_context

RESERVE_SECONDS = 5.0
RESERVE_SHARE = 0.1
LARGEST_RESERVE_SHARE = 1 / 3


def budget_seconds(situation: Context) -> float:
    """The whole budget."""
    return float(parse_duration(situation.spec.budget.time))


def reserve_seconds(situation: Context) -> float:
    """What is kept free for refits and finalize: their predicted time here, at least a little, but never most of it."""
    whole = budget_seconds(situation)
    wanted = max(finalize_seconds(situation), min(RESERVE_SECONDS, RESERVE_SHARE * whole))
    return min(wanted + all_refits_seconds(situation), LARGEST_RESERVE_SHARE * whole)


def finalize_seconds(situation: Context) -> float:
    """Predicted seconds of finalize on this machine; needs a plan."""
    return situation.plan.finalize_seconds * costs(situation).slowness


@per_context
def seconds_left(situation: Context) -> float:
    """Seconds until the search must end; needs a plan."""
    return budget_seconds(situation) - reserve_seconds(situation) - situation.desk.active_seconds


@per_progress
def usable(situation: Context) -> bool:
    """Whether anything is finished that a model can be made of."""
    return any(
        standing.begun and standing.state not in ("Infeasible", "Failed") for standing in situation.standings.values()
    )
