"""Leases whose runner is lost: what they have finished is kept, and the rest is redone or charged, as the end tells."""

from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.policies.fit_results import cancel_all, drop_all, wanted_leases
from automl_operator.decisions.state.actions import Action, Cancel, DropLease, StopRunner, WriteTrialStatus
from automl_operator.decisions.facts.retry import SILENT, AttemptFailure, after_failure, with_folds
from automl_operator.decisions.lifecycle.refits import is_wanted, refit_failed
from automl_operator.decisions.policies.refuse_results import is_possible
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease, RunnerState
from automl_operator.decisions.state.trial_progress import reported_folds
from automl_operator.decisions.lifecycle.whole_work import is_done, work_failed, work_status


def account_lost_leases(situation: Context) -> list[Action]:
    """Give up the leases of lost runners."""
    actions: list[Action] = []
    lost: set[str] = set()
    for lease in situation.desk.leases:
        mishap = _loss(situation, lease)
        if mishap is not None:
            actions += _given_up(situation.after(actions), lease, mishap)
            lost.add(lease.runner)
    actions += _buried(situation, lost)
    actions += _disobedient(situation)
    return actions + _unwanted(situation.after(actions))


def _loss(situation: Context, lease: Lease) -> AttemptFailure | None:
    """How a lease was lost, or None while it lives."""
    runner = _runner(situation, lease)
    if runner is None:
        return AttemptFailure("infrastructure", "RunnerGone", "The runner is gone.")
    if runner.phase == "ended":
        ending = runner.ending
        if ending is None or ending.failure_class is None:
            return AttemptFailure("infrastructure", "RunnerLeft", "The runner has left with work in its hands.", runner.pool)
        return AttemptFailure(ending.failure_class, ending.reason, ending.message, runner.pool)
    if situation.now - lease.last_heard > LEASE_LIFETIME_SECONDS:
        words = f"Nothing was heard of the runner for {LEASE_LIFETIME_SECONDS:.0f} s."
        return AttemptFailure("infrastructure", SILENT, words, runner.pool)
    if _is_overdue(situation, lease):
        words = "The runner did not end the work when it was told to, or its time was over."
        return AttemptFailure("infrastructure", "NotEnded", words, runner.pool)
    return None


def _runner(situation: Context, lease: Lease) -> RunnerState | None:
    return next((runner for runner in situation.snapshot.runners if runner.uid == lease.runner), None)


def _is_overdue(situation: Context, lease: Lease) -> bool:
    """Whether its runner should have ended the work long ago."""
    return lease.ends_by is not None and situation.now > lease.ends_by + LEASE_LIFETIME_SECONDS


def _buried(situation: Context, lost: set[str]) -> list[Action]:
    """Remove runners that have ended with work in their hands: they were of use, and no sign that runners fail."""
    return [
        StopRunner(runner.name, "it has ended")
        for runner in situation.snapshot.runners
        if runner.phase == "ended" and runner.uid in lost
    ]


def _disobedient(situation: Context) -> list[Action]:
    """Stop runners that still announce work long after its end: forgotten alone, it would be adopted again."""
    overdue = {lease.runner for lease in situation.desk.leases if _is_overdue(situation, lease)}
    return [
        StopRunner(runner.name, "it does not end work when it should")
        for uid, runner in situation.alive.items()
        if uid in overdue
    ]


def _given_up(situation: Context, lease: Lease, mishap: AttemptFailure) -> list[Action]:
    piece = situation.pieces.get(lease.id)
    drop = DropLease(lease.id)
    if piece is None:
        return [drop]
    if piece.kind == "refit":
        return [*([] if lease.cancelled else refit_failed(situation, piece.trial, mishap)), drop]
    if piece.kind != "fit":
        held = work_status(situation, piece.kind)
        pays = not lease.cancelled and held.holder == lease.runner and not is_done(situation, piece.kind)
        return [work_failed(situation, piece.kind, mishap), drop] if pays else [drop]
    return [*_trial_pays(situation, lease, mishap), drop]


def _trial_pays(situation: Context, lease: Lease, mishap: AttemptFailure) -> list[Action]:
    piece = situation.pieces[lease.id]
    standing = situation.standings.get(piece.trial)
    if standing is None or standing.final:
        return []
    finished, name = reported_folds(lease), standing.trial.metadata.name
    if lease.cancelled:
        return [WriteTrialStatus(name, with_folds(standing, finished)), *drop_all(standing)] if finished else []
    others = len(wanted_leases(standing)) - 1
    status = after_failure(situation, standing, mishap, piece.attempt, more=finished, still_leased=others)
    if len(status.folds) == standing.total:
        status = status.replace(state="Succeeded", failure_class=None, reason="", message="")
    ended = status.state not in ("Running", "Paused")
    cancel = [action for action in cancel_all(standing) if action != Cancel(lease.id)] if ended else []
    return [WriteTrialStatus(name, status), *cancel, *drop_all(standing)]


def _unwanted(situation: Context) -> list[Action]:
    """Adopted work that nobody wants any more is ended: of an ended or unknown trial, or given to another since.

    So is what was never given to whoever says that it is at work on it: it would hold a slot.
    """
    return [
        Cancel(lease.id) for lease in situation.desk.leases if not lease.cancelled and _is_unwanted(situation, lease)
    ]


def _is_unwanted(situation: Context, lease: Lease) -> bool:
    piece = situation.pieces.get(lease.id)
    if piece is None or (lease.assignment is None and not is_possible(situation, lease)):
        return True
    if piece.kind == "refit":
        return not is_wanted(situation, piece.trial)
    if piece.kind == "prepare":
        return situation.snapshot.plan is not None
    if piece.kind == "finalize":
        return piece.attempt < situation.status.finalize.attempts
    standing = situation.standings.get(piece.trial)
    if standing is None or standing.final:
        return True
    rivals = ((x, situation.pieces[x.id]) for x in standing.leases if x.id != lease.id)
    return any(
        set(piece.folds) & set(rival.folds) and (piece.attempt, other.granted_at) < (rival.attempt, lease.granted_at)
        for other, rival in rivals
    )
