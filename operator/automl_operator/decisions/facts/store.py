"""A full store is not the fault of any work. The work pauses, keeps its results, and goes on once there is room."""

from automl_api import reasons
from automl_api.condition_types import STORE_READY
from automl_api.limits import MAX_MESSAGE
from automl_api.resources import Condition
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import moment

RETRY_SECONDS = 300.0


def halted_since(context: Context) -> float | None:
    """The time since which this process knows that the store is full. None when the store may be tried (again).

    A new process tries at once, the same process after RETRY_SECONDS.
    """
    for condition in context.status.conditions:
        if condition.type == STORE_READY and condition.status == "False" and condition.reason == reasons.STORE_FULL:
            assert condition.last_transition_time is not None
            since = condition.last_transition_time.timestamp()
            known_here = since >= context.broker.opened_at - 1e-3
            return since if known_here and context.now < since + RETRY_SECONDS else None
    return None


def full_condition(context: Context, message: str) -> Condition:
    """The condition that the store is full, with the remedy."""
    remedy = "The store is full. Finished work is kept. Make room, and the experiment goes on."
    return Condition(
        type=STORE_READY,
        status="False",
        reason=reasons.STORE_FULL,
        message=f"{remedy} {message}".strip()[:MAX_MESSAGE],
        observed_generation=context.snapshot.experiment.metadata.generation,
        last_transition_time=moment(context.now),
    )
