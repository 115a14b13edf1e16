"""What runners hand in is anybody's word until it is of work that was given to them: all else is dropped first.

The pod of a runner is its namespace's, so that what it says may be forged. What is believed here is bounded by what the
operator itself has recorded: who holds prepare and finalize, which trials there are, and at which attempt.
"""

from typing import Literal

from automl_operator.decisions.state.actions import Action, DropResult
from automl_operator.decisions.state.work_id import WorkId, parse_work_id
from automl_operator.decisions.lifecycle.refits import is_due
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import PendingResult, Lease

UNKNOWN_WORK = "UnknownWork"
NOT_THE_HOLDER = "NotTheHolder"
NO_SUCH_TRIAL = "NoSuchTrial"
NOT_LEASED = "NotLeased"


def refuse_results(situation: Context) -> list[Action]:
    """Drop every result that its runner was not to hand in; no other policy sees it."""
    objections = ((handed, objection(situation, handed)) for handed in situation.desk.handed)
    return [DropResult(handed.result.id, why) for handed, why in objections if why]


def objection(situation: Context, handed: PendingResult) -> str:
    """Why a result does not count, in one CamelCase word; empty where it does. Which attempt it is of, its id says."""
    piece = parse_work_id(handed.result.id)
    if piece is None:
        return UNKNOWN_WORK
    if piece.kind in ("prepare", "finalize"):
        return "" if is_recorded(situation, piece.kind, piece, handed.runner) else NOT_THE_HOLDER
    if piece.kind == "fit":
        return _objection_to_fit(situation, handed, piece)
    return "" if is_due(situation, piece.trial, piece.attempt) else UNKNOWN_WORK


def is_recorded(situation: Context, kind: Literal["prepare", "finalize"], piece: WorkId, runner: str) -> bool:
    """Whether this attempt at prepare or finalize was given to this runner."""
    work = situation.status.prepare if kind == "prepare" else situation.status.finalize
    return work.holder == runner and work.attempts == piece.attempt


def is_possible(situation: Context, lease: Lease) -> bool:
    """Whether what a runner says it is at work on could have been given to it."""
    piece = situation.pieces.get(lease.id)
    if piece is None:
        return False
    if piece.kind in ("prepare", "finalize"):
        return is_recorded(situation, piece.kind, piece, lease.runner)
    if piece.kind == "fit":
        standing = situation.standings.get(piece.trial)
        return standing is not None and _exists(situation, piece, standing.trial.status.attempts)
    return is_due(situation, piece.trial, piece.attempt)


def _objection_to_fit(situation: Context, handed: PendingResult, piece: WorkId) -> str:
    """Ranges of one trial may lie with several runners, of which one is recorded: the others are known by their leases.

    What a lost runner hands in late, of an attempt that was given up, is in the store and is not trained again.
    """
    standing = situation.standings.get(piece.trial)
    if standing is None:
        return NO_SUCH_TRIAL
    attempts = standing.trial.status.attempts
    if not _exists(situation, piece, attempts) or not {fold.fold for fold in handed.result.folds} <= {*piece.folds}:
        return UNKNOWN_WORK
    held = handed.leased or (piece.attempt == attempts and handed.runner == standing.holder)
    return "" if held else NOT_LEASED


def _exists(situation: Context, piece: WorkId, attempts: int) -> bool:
    """Whether the trial has those folds, and has come to that attempt."""
    return 1 <= piece.attempt <= attempts and max(piece.folds) < situation.plan.folds
