"""How far each trial has come: what is stored of it, what was handed in since, and what is being worked on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from automl_api.names import ANNOTATION_HOLDER
from automl_api.resources import FoldResult, Trial
from automl_api.resources.trial import FINAL_TRIAL_STATES
from automl_operator.decisions.pieces import Piece, piece_of
from automl_operator.decisions.snapshot import Desk, Handed, Lease


@dataclass(frozen=True)
class Standing:
    """A trial with its leases and with the results that are not stored yet; `total` is the plan's number of folds."""

    trial: Trial
    total: int
    leases: tuple[Lease, ...] = ()
    handed: tuple[Handed, ...] = ()

    @cached_property
    def final(self) -> bool:
        """Whether the trial has ended."""
        return self.trial.status.state in FINAL_TRIAL_STATES

    @cached_property
    def begun(self) -> bool:
        """Whether any fold is finished."""
        return bool(self.trial.status.folds or self.handed) and bool(self.folds)

    @cached_property
    def seconds(self) -> tuple[float, ...]:
        """What each finished fold has taken."""
        return tuple(fold.seconds for fold in self.folds.values())

    @cached_property
    def learner(self) -> str:
        """The trial's learner."""
        return self.trial.spec.configuration.learner

    @property
    def holder(self) -> str:
        """The runner that is recorded as working on it."""
        return self.trial.status.holder or self.trial.metadata.annotations.get(ANNOTATION_HOLDER, "")

    @cached_property
    def folds(self) -> dict[int, FoldResult]:
        """The folds finished so far, by number; of a fold that was fitted twice the first result counts."""
        found: dict[int, FoldResult] = {}
        for result in (*self.trial.status.folds, *(fold for handed in self.handed for fold in handed.result.folds)):
            if 0 <= result.fold < self.total:
                found.setdefault(result.fold, result)
        return dict(sorted(found.items()))

    @cached_property
    def leased(self) -> frozenset[int]:
        """The folds that are being worked on."""
        pieces = (piece_of(lease.id) for lease in self.leases)
        return frozenset(fold for piece in pieces if piece is not None for fold in piece.folds)

    @cached_property
    def complete(self) -> bool:
        """Whether every fold is finished."""
        return len(self.folds) == self.total

    @property
    def open(self) -> tuple[int, ...]:
        """The folds that nobody has finished or works on."""
        return tuple(fold for fold in range(self.total) if fold not in self.folds and fold not in self.leased)

    def is_current(self, handed: Handed) -> bool:
        """Whether a result is of work that was not given to somebody else since."""
        return handed.assignment is not None or handed.result.attempt >= self.trial.status.attempts


def standings(
    trials: tuple[Trial, ...],
    desk: Desk,
    pieces: Mapping[str, Piece],
    total: int,
    before: Mapping[int, Standing],
) -> dict[int, Standing]:
    """The standing of every trial, by its index; those from `before` that still hold are used again."""
    leases: dict[int, list[Lease]] = {}
    for lease in desk.leases:
        piece = pieces.get(lease.id)
        if piece is not None and piece.kind == "fit":
            leases.setdefault(piece.trial, []).append(lease)
    handed: dict[int, list[Handed]] = {}
    for result in desk.handed:
        piece = piece_of(result.result.id)
        if piece is not None and piece.kind == "fit":
            handed.setdefault(piece.trial, []).append(result)
    found: dict[int, Standing] = {}
    for trial in trials:
        index = trial.spec.index
        old, at_work = before.get(index), index in leases or index in handed
        if old is not None and old.trial is trial and not (at_work or old.leases or old.handed):
            found[index] = old
        else:
            found[index] = Standing(trial, total, tuple(leases.get(index, ())), tuple(handed.get(index, ())))
    return found
