"""The outcomes of prepare and finalize: the plan, the model, a retry, or the end of the experiment."""

from automl_api import reasons
from automl_api.limits import MAX_MESSAGE
from automl_api.resources.experiment_status import WorkStatus
from automl_api.resources.trial import FailureClass
from automl_operator.decisions.facts.retry import MAX_WORK_FAILURES
from automl_operator.decisions.lifecycle.experiment_state import FailureVerdict
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.work_id import WholeWork, parse_work_id

KINDS: tuple[WholeWork, ...] = ("prepare", "finalize")
_TRIES: dict[FailureClass, int] = {
    "infrastructure": MAX_WORK_FAILURES,
    "resources": MAX_WORK_FAILURES,
    "configuration": 0,
    "program": 0,
}
"""The number of retries after a failure, by class."""


def has_pending_result(context: Context, kind: WholeWork) -> bool:
    """True when a result of the work waits to be stored, so that no runner needs to do it again."""
    work_ids = (parse_work_id(pending.result.id) for pending in context.broker.pending_results)
    return any(work_id is not None and work_id.kind == kind for work_id in work_ids)


def is_done(context: Context, kind: WholeWork) -> bool:
    """True when the plan (of prepare) or the model (of finalize) exists already."""
    return (context.snapshot.plan if kind == "prepare" else context.snapshot.model) is not None


def work_status(context: Context, kind: WholeWork) -> WorkStatus:
    """The holder of the work and the count of its attempts and failures."""
    return context.status.prepare if kind == "prepare" else context.status.finalize


def work_failed(context: Context, kind: WholeWork, failure: AttemptFailure) -> Action:
    """Record a failure of prepare or finalize: the work is retried, or the experiment fails.

    Work that took too long is retried once, because the reason may have passed. A silent runner stays the holder until
    there is another, because its work counts if it reports before that.
    """
    work = work_status(context, kind)
    message = f"{failure.reason}: {failure.message}"[:MAX_MESSAGE]
    if failure.reason == reasons.STORE_FULL:
        again = work.replace(holder="", message=message)
        return write_with(context, {kind: again}, store_full=failure.message)
    short = work.resource_failures + (failure.failure_class == "resources")
    holder = work.holder if failure.reason == reasons.RUNNER_SILENT else ""
    counted = work.replace(holder=holder, failures=work.failures + 1, resource_failures=short, message=message)
    most = 1 if failure.reason == reasons.TIMEOUT else _TRIES[failure.failure_class]
    failed = FailureVerdict(failure.reason, f"{kind}: {failure.message}") if counted.failures > most else None
    return write_with(context, {kind: counted}, failed=failed)
