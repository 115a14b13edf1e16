"""Results of fits: the folds wait on the desk until the trial pauses or ends; its status is written once then."""

from automl_operator.decisions.state.actions import Action, Cancel, DropResult, WriteTrialStatus
from automl_operator.decisions.facts.retry import STORE_FULL, AttemptFailure, after_failure, with_folds
from automl_operator.decisions.state.work_id import parse_work_id
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import PendingResult, Lease
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.lifecycle.status import write_with


def record_fit_results(situation: Context) -> list[Action]:
    """Store what fits have handed in of trials that are complete or have failed; drop what nobody needs."""
    if situation.snapshot.plan is None:
        return []
    actions: list[Action] = []
    for standing in situation.at_work:
        if standing.handed:
            actions += _absorbed(situation.after(actions), standing)
    return actions + _orphans(situation)


def _absorbed(situation: Context, standing: TrialProgress) -> list[Action]:
    if standing.final:
        return drop_all(standing)
    if standing.complete:
        status = with_folds(standing).replace(state="Succeeded", failure_class=None, reason="", message="")
        return [WriteTrialStatus(standing.trial.metadata.name, status), *cancel_all(standing), *drop_all(standing)]
    for handed in standing.handed:
        mishap = _mishap(situation, handed)
        piece = parse_work_id(handed.result.id)
        if mishap is not None and piece is not None and standing.is_current(handed):
            return _failed(situation, standing, mishap, piece.attempt)
    return [DropResult(handed.result.id) for handed in standing.handed if not _needed(standing, handed)]


def _failed(situation: Context, standing: TrialProgress, mishap: AttemptFailure, attempt: int) -> list[Action]:
    status = after_failure(situation, standing, mishap, attempt, still_leased=len(wanted_leases(standing)))
    actions: list[Action] = [WriteTrialStatus(standing.trial.metadata.name, status)]
    if mishap.reason == STORE_FULL:
        actions.append(write_with(situation.after(actions), store_full=mishap.message))
    if status.state not in ("Running", "Paused"):
        actions += cancel_all(standing)
    return actions + drop_all(standing)


def _mishap(situation: Context, handed: PendingResult) -> AttemptFailure | None:
    result = handed.result
    if result.outcome == "cancelled" or (result.outcome == "succeeded" and result.folds):
        return None
    if result.failure is None:
        return AttemptFailure("program", "NothingHandedIn", "The runner handed in neither a fold nor a failure.")
    failure, runner = result.failure, situation.alive.get(handed.runner)
    return AttemptFailure(failure.failure_class, failure.reason, failure.message, runner.pool if runner else "", alone=True)


def _needed(standing: TrialProgress, handed: PendingResult) -> bool:
    """Whether a result brings the fold that counts; the same fold object is found again among the known ones."""
    return any(standing.folds.get(fold.fold) is fold for fold in handed.result.folds)


def _orphans(situation: Context) -> list[Action]:
    """Results of trials that there are not."""
    pieces = ((handed.result.id, parse_work_id(handed.result.id)) for handed in situation.desk.handed)
    return [
        DropResult(identity)
        for identity, piece in pieces
        if piece is not None and piece.kind == "fit" and piece.trial not in situation.standings
    ]


def wanted_leases(standing: TrialProgress) -> list[Lease]:
    """What is being worked on of a trial, and was not called off."""
    return [lease for lease in standing.leases if not lease.cancelled]


def cancel_all(standing: TrialProgress) -> list[Action]:
    """End what is being worked on of a trial."""
    return [Cancel(lease.id) for lease in wanted_leases(standing)]


def drop_all(standing: TrialProgress) -> list[Action]:
    """Forget the results of a trial: its status covers them."""
    return [DropResult(handed.result.id) for handed in standing.handed]
