"""The time of the budget, which includes prepare and finalize."""

from automl_api.quantities import parse_duration
from automl_operator.decisions.facts.costs import costs
from automl_operator.decisions.facts.refit_choice import all_refits_seconds
from automl_operator.decisions.state.context import Context, per_context, per_progress

RESERVE_SECONDS = 5.0
RESERVE_SHARE = 0.1
LARGEST_RESERVE_SHARE = 1 / 3


def budget_seconds(context: Context) -> float:
    """The whole budget, in seconds."""
    return float(parse_duration(context.spec.budget.time))


def reserve_seconds(context: Context) -> float:
    """Seconds kept free for refits and finalize: their predicted time, at least a little, never most of the budget."""
    whole = budget_seconds(context)
    wanted = max(finalize_seconds(context), min(RESERVE_SECONDS, RESERVE_SHARE * whole))
    return min(wanted + all_refits_seconds(context), LARGEST_RESERVE_SHARE * whole)


def finalize_seconds(context: Context) -> float:
    """Predicted seconds of finalize on this machine. Needs a plan."""
    return context.plan.finalize_seconds * costs(context).slowness


@per_context
def seconds_left(context: Context) -> float:
    """Seconds until the search must end. Needs a plan."""
    return budget_seconds(context) - reserve_seconds(context) - context.broker.active_seconds


@per_progress
def usable(context: Context) -> bool:
    """True when a trial that counts has a finished fold, so that a model can be made."""
    return any(
        progress.begun and progress.state not in ("Infeasible", "Failed")
        for progress in context.trials_progress.values()
    )
