"""The moments at which the decision changes without an event, so that the controller decides again."""

from collections.abc import Iterator

from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.facts.budget import seconds_left
from automl_operator.decisions.facts.pending_runners import refused_until, waited_for_until
from automl_operator.decisions.facts.store import RETRY_SECONDS, halted_since
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refit_runners import waited_until
from automl_operator.decisions.lifecycle.refits import refits_to_come
from automl_operator.decisions.lifecycle.status import WRITE_SECONDS, write_pending
from automl_operator.decisions.policies.scale_runners import SILENCE_SECONDS, idle_until
from automl_operator.decisions.state.context import Context

SOONEST = 0.05


def requeue_after(context: Context) -> float | None:
    """Seconds until the next moment that changes the decision. None when only events change it."""
    ended = context.status.state in FINAL_STATES
    candidates = _held_until(context) if ended else _moments(context)
    moments = [moment for moment in candidates if moment > context.now - SOONEST]
    return max(SOONEST, min(moments) - context.now + 1e-3) if moments else None


def _moments(context: Context) -> Iterator[float]:
    broker, now = context.broker, context.now
    for lease in broker.leases:
        yield lease.last_heartbeat + LEASE_LIFETIME_SECONDS
        if lease.ends_by is not None:
            yield lease.ends_by + LEASE_LIFETIME_SECONDS
    for session in context.sessions.values():
        yield session.last_heartbeat + LEASE_LIFETIME_SECONDS
        yield session.last_heartbeat + SILENCE_SECONDS
    yield from idle_until(context).values()
    for runner in context.snapshot.runners:
        gives_up_at = waited_for_until(context, runner)
        if gives_up_at is not None and gives_up_at > now:
            yield gives_up_at
        if (replaced_at := refused_until(runner)) is not None:
            yield replaced_at
    yield from _held_until(context)
    if refits_to_come(context):
        yield from (until for until in waited_until(context).values() if until > now)
    if context.unheard:
        yield broker.introduced_by
    if write_pending(context):
        yield max(now, broker.status_written_at + WRITE_SECONDS)
    if context.snapshot.plan is not None and state(context) == "Searching" and seconds_left(context) > 0:
        yield now + seconds_left(context)
    since = halted_since(context)
    if since is not None and not context.spec.rests:
        yield since + RETRY_SECONDS


def _held_until(context: Context) -> Iterator[float]:
    return (held.until for held in context.broker.held_writes if held.until > context.now)
