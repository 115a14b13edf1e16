"""Leases whose runner is lost: what they have finished is kept, and the rest is redone or charged, as the end tells."""

from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.absorb import cancel_all, drop_all
from automl_operator.decisions.actions import Action, Cancel, DropLease, WriteTrialStatus
from automl_operator.decisions.failures import Mishap, after_mishap, with_folds
from automl_operator.decisions.situation import Situation
from automl_operator.decisions.snapshot import Lease
from automl_operator.decisions.work import is_done, work_failed, work_status


def account_losses(situation: Situation) -> list[Action]:
    """Give up the leases of lost runners."""
    actions: list[Action] = []
    for lease in situation.desk.leases:
        mishap = _loss(situation, lease)
        if mishap is not None:
            actions += _given_up(situation.after(actions), lease, mishap)
    return actions + _unwanted(situation.after(actions))


def _loss(situation: Situation, lease: Lease) -> Mishap | None:
    """How a lease was lost, or None while it lives."""
    runner = next((runner for runner in situation.snapshot.runners if runner.uid == lease.runner), None)
    if runner is None:
        return Mishap("infrastructure", "RunnerGone", "The runner is gone.")
    if runner.phase == "ended":
        ending = runner.ending
        if ending is None or ending.failure_class is None:
            return Mishap("infrastructure", "RunnerLeft", "The runner has left with work in its hands.", runner.pool)
        return Mishap(ending.failure_class, ending.reason, ending.message, runner.pool)
    if situation.now - lease.last_heard > LEASE_LIFETIME_SECONDS:
        words = f"Nothing was heard of the runner for {LEASE_LIFETIME_SECONDS:.0f} s."
        return Mishap("infrastructure", "RunnerSilent", words, runner.pool)
    return _overdue(situation, lease, runner.pool)


def _overdue(situation: Situation, lease: Lease, pool: str) -> Mishap | None:
    """Work that its runner should have ended by itself long ago, but still announces."""
    ends_in = lease.assignment.ends_in_seconds if lease.assignment else None
    if ends_in is None or situation.now <= lease.granted_at + ends_in + LEASE_LIFETIME_SECONDS:
        return None
    return Mishap("infrastructure", "NotEnded", "The runner did not end the work when its time was over.", pool)


def _given_up(situation: Situation, lease: Lease, mishap: Mishap) -> list[Action]:
    piece = situation.pieces.get(lease.id)
    drop = DropLease(lease.id)
    if piece is None:
        return [drop]
    if piece.kind != "fit":
        held = work_status(situation, piece.kind)
        pays = not lease.cancelled and held.holder == lease.runner and not is_done(situation, piece.kind)
        return [work_failed(situation, piece.kind, mishap), drop] if pays else [drop]
    return [*_trial_pays(situation, lease, mishap), drop]


def _trial_pays(situation: Situation, lease: Lease, mishap: Mishap) -> list[Action]:
    standing = situation.standings.get(situation.pieces[lease.id].trial)
    if standing is None or standing.final:
        return []
    finished, name = lease.progress.folds, standing.trial.metadata.name
    if lease.cancelled:
        return [WriteTrialStatus(name, with_folds(standing, finished)), *drop_all(standing)] if finished else []
    others = len(standing.leases) - 1
    status = after_mishap(situation, standing, mishap, more=finished, still_leased=others)
    if len(status.folds) == standing.total:
        status = status.replace(state="Succeeded", failure_class=None, reason="", message="")
    ended = status.state not in ("Running", "Paused")
    cancel = [action for action in cancel_all(standing) if action != Cancel(lease.id)] if ended else []
    return [WriteTrialStatus(name, status), *cancel, *drop_all(standing)]


def _unwanted(situation: Situation) -> list[Action]:
    """Adopted work that nobody wants any more is ended: of an ended or unknown trial, or given to another since."""
    if situation.snapshot.plan is None:
        return []
    return [
        Cancel(lease.id) for lease in situation.desk.leases if not lease.cancelled and _is_unwanted(situation, lease)
    ]


def _is_unwanted(situation: Situation, lease: Lease) -> bool:
    piece = situation.pieces.get(lease.id)
    if piece is None or piece.kind == "prepare":
        return True
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
