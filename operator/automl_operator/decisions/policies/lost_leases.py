"""Leases of lost runners: finished folds are kept. The cause of the loss decides whether the rest is redone or ends."""

from automl_api import reasons
from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.facts.retry import state_after
from automl_operator.decisions.lifecycle.assigned_work import is_possible
from automl_operator.decisions.lifecycle.refits import is_wanted, refit_failed
from automl_operator.decisions.lifecycle.whole_work import is_done, work_failed, work_status
from automl_operator.decisions.state.actions import Action, Cancel, DropLease, StopRunner
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease, RunnerState
from automl_operator.decisions.state.trial_progress import reported_folds
from automl_operator.decisions.state.trial_transitions import fail_attempt, keep_folds


def account_lost_leases(context: Context) -> list[Action]:
    """Drop the leases of lost runners, and cancel leases that are no longer wanted."""
    actions: list[Action] = []
    lost: set[str] = set()
    for lease in context.broker.leases:
        failure = _loss(context, lease)
        if failure is not None:
            actions += _give_up(context.after(actions), lease, failure)
            lost.add(lease.runner)
    actions += _remove_ended(context, lost)
    actions += _stop_overdue(context)
    return actions + _cancel_unwanted(context.after(actions))


def _loss(context: Context, lease: Lease) -> AttemptFailure | None:
    """The failure by which the lease was lost. None while it is held."""
    runner = _runner(context, lease)
    if runner is None:
        return AttemptFailure("infrastructure", reasons.RUNNER_GONE, "The runner is gone.")
    if runner.phase == "ended":
        ending = runner.ending
        if ending is None or ending.failure_class is None:
            return AttemptFailure(
                "infrastructure", reasons.RUNNER_LEFT, "The runner has left with unfinished work.", runner.pool
            )
        return AttemptFailure(ending.failure_class, ending.reason, ending.message, runner.pool)
    if context.now - lease.last_heartbeat > LEASE_LIFETIME_SECONDS:
        message = f"The runner has not reported for {LEASE_LIFETIME_SECONDS:.0f} s."
        return AttemptFailure("infrastructure", reasons.RUNNER_SILENT, message, runner.pool)
    if _is_overdue(context, lease):
        message = "The runner did not end the work when it was cancelled, or when its time was over."
        return AttemptFailure("infrastructure", reasons.NOT_ENDED, message, runner.pool)
    return None


def _runner(context: Context, lease: Lease) -> RunnerState | None:
    return next((runner for runner in context.snapshot.runners if runner.uid == lease.runner), None)


def _is_overdue(context: Context, lease: Lease) -> bool:
    """True when its runner should have ended the work long ago."""
    return lease.ends_by is not None and context.now > lease.ends_by + LEASE_LIFETIME_SECONDS


def _remove_ended(context: Context, lost: set[str]) -> list[Action]:
    """Remove ended runners that held work. They were of use, so they are no evidence that runners fail."""
    return [
        StopRunner(runner.name, "it has ended")
        for runner in context.snapshot.runners
        if runner.phase == "ended" and runner.uid in lost
    ]


def _stop_overdue(context: Context) -> list[Action]:
    """Stop runners that still announce work long after its end, because a dropped lease would be adopted again."""
    overdue = {lease.runner for lease in context.broker.leases if _is_overdue(context, lease)}
    return [
        StopRunner(runner.name, "it does not end work when it should")
        for uid, runner in context.alive.items()
        if uid in overdue
    ]


def _give_up(context: Context, lease: Lease, failure: AttemptFailure) -> list[Action]:
    work_id = context.work_ids.get(lease.id)
    drop = DropLease(lease.id)
    if work_id is None:
        return [drop]
    if work_id.kind == "refit":
        return [*([] if lease.cancelled else refit_failed(context, work_id.trial, failure)), drop]
    if work_id.kind != "fit":
        held = work_status(context, work_id.kind)
        counts = not lease.cancelled and held.holder == lease.runner and not is_done(context, work_id.kind)
        return [work_failed(context, work_id.kind, failure), drop] if counts else [drop]
    return [*_charge_trial(context, lease, failure), drop]


def _charge_trial(context: Context, lease: Lease, failure: AttemptFailure) -> list[Action]:
    work_id = context.work_ids[lease.id]
    progress = context.trials_progress.get(work_id.trial)
    if progress is None or progress.final:
        return []
    if lease.cancelled:
        return keep_folds(progress, reported_folds(lease))
    return fail_attempt(progress, work_id.attempt, failure, state_after(context, progress, failure), lost=lease)


def _cancel_unwanted(context: Context) -> list[Action]:
    """Cancel adopted work that is no longer wanted: its trial has ended or is unknown, or another runner has it now.

    Work that was never given to the runner that reports it is cancelled too, because it would hold a slot.
    """
    return [Cancel(lease.id) for lease in context.broker.leases if not lease.cancelled and _is_unwanted(context, lease)]


def _is_unwanted(context: Context, lease: Lease) -> bool:
    work_id = context.work_ids.get(lease.id)
    if work_id is None or (lease.assignment is None and not is_possible(context, lease)):
        return True
    if work_id.kind == "refit":
        return not is_wanted(context, work_id.trial)
    if work_id.kind == "prepare":
        return context.snapshot.plan is not None
    if work_id.kind == "finalize":
        return work_id.attempt < context.status.finalize.attempts
    progress = context.trials_progress.get(work_id.trial)
    if progress is None or progress.final:
        return True
    rivals = ((x, context.work_ids[x.id]) for x in progress.leases if x.id != lease.id)
    return any(
        set(work_id.folds) & set(rival.folds)
        and (work_id.attempt, other.granted_at) < (rival.attempt, lease.granted_at)
        for other, rival in rivals
    )
