"""The effect of a failure on a trial, by failure class: the trial's fault or not, and worth a retry or not."""

from automl_api import reasons
from automl_api.resources.trial import TrialState
from automl_operator.decisions.facts.pending_runners import given_up
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import TrialProgress

MAX_ATTEMPTS = 10
"""The most attempts of a trial whose runners were lost."""
MAX_ATTEMPTS_ALONE = 3
"""The most attempts of a trial whose own process was lost while its runner survived: the trial may be the cause."""
MAX_WORK_FAILURES = 3
"""The number of retries of prepare and finalize."""


def state_after(context: Context, progress: TrialProgress, failure: AttemptFailure) -> TrialState:
    """The state of a trial after a failed attempt: Paused where a retry is worth it, else its final state."""
    if failure.reason == reasons.STORE_FULL:
        return "Paused"
    match failure.failure_class:
        case "infrastructure":
            most = MAX_ATTEMPTS_ALONE if failure.alone else MAX_ATTEMPTS
            return "Paused" if progress.trial.status.attempts < most else "Failed"
        case "resources":
            return "Paused" if _larger_exists(context, progress, failure.pool) else "Infeasible"
        case "configuration":
            return "Infeasible"
        case "program":
            return "Failed"


def _larger_exists(context: Context, progress: TrialProgress, pool: str) -> bool:
    """True when a runner with more memory could exist and has not been tried yet."""
    tried = context.pools[pool].memory_bytes if pool in context.pools else 0
    return progress.trial.status.resource_failures == 0 and largest_memory(context) > tried > 0


def largest_memory(context: Context) -> int:
    """The memory in bytes of the largest pool that is not given up."""
    pools = context.snapshot.pools
    usable = [pool for pool in pools if pool.name not in given_up(context)] or pools
    return max((pool.memory_bytes for pool in usable), default=0)
