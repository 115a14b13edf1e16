"""The progress of a trial: its stored status, the results since then, and its leased folds.

Values that depend on a single trial are computed once and cached with its progress.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Literal

from automl_api.metrics import METRICS
from automl_api.names import ANNOTATION_HOLDER
from automl_api.resources import FoldResult, PlanSpec, Trial
from automl_api.resources.trial import FINAL_TRIAL_STATES, TrialState
from automl_operator.decisions.state.snapshot import Lease, PendingResult
from automl_operator.decisions.state.work_id import parse_work_id
from automl_operator.search.suggester import Observation
from automl_operator.stopping import Curve

COMPARABLE = ("Running", "Paused", "Succeeded", "Stopped")
"""The states of trials whose scores count."""
_Seen = Literal["pending", "complete", "stopped", "infeasible"]
_SEEN: dict[TrialState, _Seen] = {
    "Running": "pending",
    "Paused": "pending",
    "Succeeded": "complete",
    "Stopped": "stopped",
    "Infeasible": "infeasible",
    "Failed": "infeasible",
}


@dataclass(frozen=True)
class ScoredTrial:
    """A trial, the numbers of its finished folds in order, and its mean score over them."""

    trial: Trial
    folds: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class TrialProgress:
    """A trial with its leases and with the results that are not stored yet."""

    trial: Trial
    plan: PlanSpec
    leases: tuple[Lease, ...] = ()
    pending_results: tuple[PendingResult, ...] = ()

    @property
    def total(self) -> int:
        """The number of folds of a complete trial."""
        return self.plan.folds

    @cached_property
    def state(self) -> TrialState:
        """The trial's state as it is stored."""
        return self.trial.status.state

    @cached_property
    def final(self) -> bool:
        """True when the trial has ended."""
        return self.state in FINAL_TRIAL_STATES

    @cached_property
    def begun(self) -> bool:
        """True when a fold is finished."""
        return bool(self.trial.status.folds or self.pending_results) and bool(self.folds)

    @cached_property
    def seconds(self) -> float:
        """Seconds that the finished folds have taken together."""
        return sum(fold.seconds for fold in self.folds.values())

    @cached_property
    def microseconds(self) -> int:
        """The seconds in whole microseconds, at most about thirty years, so that sums are exact."""
        return round(1e6 * min(max(0.0, self.seconds), 1e9))

    @cached_property
    def learner(self) -> str:
        """The trial's learner."""
        return self.trial.spec.configuration.learner

    @cached_property
    def configuration(self) -> str:
        """A text that equal configurations share."""
        return self.trial.spec.configuration.key

    @property
    def holder(self) -> str:
        """The runner that is recorded as the trial's holder."""
        return self.trial.status.holder or self.trial.metadata.annotations.get(ANNOTATION_HOLDER, "")

    @cached_property
    def folds(self) -> dict[int, FoldResult]:
        """The finished folds, by number. Where a fold was fitted twice, the first result counts."""
        found: dict[int, FoldResult] = {}
        for result in (
            *self.trial.status.folds,
            *(fold for pending in self.pending_results for fold in pending.result.folds),
        ):
            if 0 <= result.fold < self.total:
                found.setdefault(result.fold, result)
        return dict(sorted(found.items()))

    @cached_property
    def leased(self) -> frozenset[int]:
        """The folds that are leased."""
        work_ids = (parse_work_id(lease.id) for lease in self.leases)
        return frozenset(fold for work_id in work_ids if work_id is not None for fold in work_id.folds)

    @cached_property
    def complete(self) -> bool:
        """True when every fold is finished."""
        return len(self.folds) == self.total

    @property
    def open(self) -> tuple[int, ...]:
        """The folds that are neither finished nor leased."""
        return tuple(fold for fold in range(self.total) if fold not in self.folds and fold not in self.leased)

    @cached_property
    def losses(self) -> dict[int, float]:
        """The scores of the finished folds, by number, with their sign turned so that less is better."""
        sign = METRICS[self.plan.metric].sign
        return {number: -sign * fold.score for number, fold in self.folds.items()}

    @cached_property
    def curve(self) -> Curve:
        """The trial as a stopper sees it."""
        return Curve(self.trial.metadata.name, self.losses, self.complete)

    @cached_property
    def observation(self) -> Observation:
        """The trial as the search sees it."""
        spec = self.trial.spec
        seen = _SEEN[self.state]
        return Observation(
            index=spec.index,
            configuration=spec.configuration,
            origin=spec.origin,
            state=seen,
            loss=fmean(self.losses.values()) if self.losses and seen != "infeasible" else None,
            folds=len(self.folds),
            seconds=self.seconds,
        )

    @cached_property
    def live(self) -> ScoredTrial | None:
        """The trial with the folds that its runners have reported so far. None where it has no score that counts."""
        reported = (fold for lease in self.leases for fold in reported_folds(lease))
        scores = {fold.fold: fold.score for fold in (*reported, *self.folds.values())}
        if not scores or self.state not in COMPARABLE:
            return None
        return ScoredTrial(self.trial, tuple(sorted(scores)), fmean(scores.values()))

    @cached_property
    def scored(self) -> ScoredTrial | None:
        """The stored trial, as it is compared with others. None where it has no score that counts."""
        status = self.trial.status
        if status.score is None or not status.folds or self.state not in COMPARABLE:
            return None
        return ScoredTrial(self.trial, tuple(fold.fold for fold in status.folds), status.score)

    def is_current(self, pending: PendingResult) -> bool:
        """True when the result belongs to work that has not been given to another runner since."""
        work_id = parse_work_id(pending.result.id)
        late = work_id is None or work_id.attempt < self.trial.status.attempts
        return pending.assignment is not None or not late


def reported_folds(lease: Lease) -> tuple[FoldResult, ...]:
    """The folds that the runner has reported as finished, of those that the lease covers."""
    work_id = parse_work_id(lease.id)
    return tuple(fold for fold in lease.progress.folds if work_id is not None and fold.fold in work_id.folds)
