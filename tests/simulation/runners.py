"""Simulated runners: they hold work for a while, hand in results, and can be lost or become silent."""

from dataclasses import dataclass, field
from typing import Any, get_args

from automl_api import reasons
from automl_api.protocol import Assignment, Failure, FitWork, Progress, Result, WorkKind
from automl_api.resources import FoldResult, PlanSpec, RefitResult
from automl_operator.decisions.state.snapshot import Ending, Pool, RunnerState
from builders.experiments import a_model_spec

STARTS_IN = 1.0


@dataclass
class RunnerScript:
    """Outcome of all work: the plan, seconds for each fold, and failures by trial index and attempt."""

    plan: PlanSpec
    fold_seconds: float = 2.0
    learner_seconds: dict[str, float] = field(default_factory=dict)
    """Seconds for a fold by learner, where they differ from `fold_seconds`."""
    failures: dict[tuple[int, int], Failure] = field(default_factory=dict)
    """By trial index and attempt; attempt 0 stands for all of them."""
    prepare_failures: dict[int, Failure] = field(default_factory=dict)
    """By attempt."""
    finalize_failures: dict[int, Failure] = field(default_factory=dict)
    refit_failures: dict[tuple[int, int], Failure] = field(default_factory=dict)
    """By trial index and attempt."""
    refit_seconds: float = 1.0
    work: tuple[WorkKind, ...] = get_args(WorkKind)
    """The kinds of work that the runners know."""

    def seconds_of(self, fit: FitWork, fold: int) -> float:
        """Seconds that a fold takes."""
        return self.learner_seconds.get(fit.configuration.learner, self.fold_seconds)

    def score_of(self, fit: FitWork, fold: int) -> float:
        """The score of a fold."""
        return 0.5 + (trial_index(fit.trial) * 37 % 41) / 100 + fold / 1000


@dataclass
class Work:
    """An assignment at work; `folds` are those finished so far."""

    assignment: Assignment
    began: float
    folds: tuple[FoldResult, ...] = ()
    told_to_end: bool = False


@dataclass
class SimRunner:
    """A runner process; its results wait in `outbox` while it cannot speak to the broker."""

    name: str
    uid: str
    pool: Pool
    ready_at: float
    work: tuple[WorkKind, ...] = ()
    holding: dict[str, Work] = field(default_factory=dict)
    outbox: list[Result] = field(default_factory=list)
    silent_until: float = 0.0
    next_heartbeat: float = 0.0
    ending: Ending | None = None
    leaving: bool = False

    @property
    def slots(self) -> int:
        return self.pool.slots

    def phase(self, now: float) -> str:
        if self.ending is not None:
            return "ended"
        return "running" if now >= self.ready_at else "pending"

    def state(self, now: float) -> RunnerState:
        """The runner as its World sees it."""
        refused_since = self.ready_at if self.ending is not None and self.ending.reason == reasons.POD_REFUSED else None
        pool = self.pool.name
        return RunnerState(self.name, self.uid, pool, self.phase(now), self.ending, pending_since=refused_since)

    def speaks(self, now: float) -> bool:
        return self.phase(now) == "running" and now >= self.silent_until

    def progress(self) -> tuple[Progress, ...]:
        return tuple(
            Progress(id=identity, attempt=work.assignment.attempt, folds=work.folds)
            for identity, work in self.holding.items()
        )

    def next_moment(self, now: float, script: RunnerScript) -> float:
        """Time of this runner's next event."""
        if self.ending is not None:
            return float("inf")
        moments = [self.ready_at, self.silent_until, self.next_heartbeat]
        moments += [_next_end(work, script) for work in self.holding.values()]
        return min((moment for moment in moments if moment > now), default=float("inf"))

    def advance(self, now: float, script: RunnerScript, store: set[tuple[str, int]]) -> list[tuple[str, int]]:
        """Work until `now`; returns the folds that were trained. What is in the store is not trained again."""
        trained: list[tuple[str, int]] = []
        if self.phase(now) != "running":
            return trained
        for identity, work in list(self.holding.items()):
            result = _advance(work, now, script, store, trained)
            if result is not None:
                del self.holding[identity]
                self.outbox.append(result)
        return trained


def trial_index(trial: str) -> int:
    """The number in a trial's name."""
    return int(trial.rsplit("-", 1)[1])


def _end_of_next(work: Work, script: RunnerScript) -> float:
    """The time at which the next fold of a fit, or other work, is finished; infinite after the last fold."""
    fit = work.assignment.fit
    if fit is None:
        return work.began + (script.refit_seconds if work.assignment.refit is not None else 1.0)
    todo = fit.folds[: len(work.folds) + 1]
    if len(todo) == len(work.folds):
        return float("inf")
    return work.began + sum(script.seconds_of(fit, fold) for fold in todo)


def _next_end(work: Work, script: RunnerScript) -> float:
    ends_in = work.assignment.ends_in_seconds
    end = work.began + (float("inf") if ends_in is None else ends_in)
    return min(end, _end_of_next(work, script))


def _advance(
    work: Work, now: float, script: RunnerScript, store: set[tuple[str, int]], trained: list[tuple[str, int]]
) -> Result | None:
    assignment = work.assignment
    if work.told_to_end:
        return _result(work, outcome="cancelled")
    if assignment.refit is not None:
        return _refit(work, now, script)
    if assignment.fit is None:
        return _whole(work, script) if now >= work.began + 1.0 - 1e-9 else None
    todo = assignment.fit.folds
    index = trial_index(assignment.fit.trial)
    failure = script.failures.get((index, assignment.attempt)) or script.failures.get((index, 0))
    while now >= _end_of_next(work, script) - 1e-9:
        if failure is not None:
            return _result(work, outcome="failed", failure=failure)
        fold = todo[len(work.folds)]
        if (assignment.fit.trial, fold) not in store:
            trained.append((assignment.fit.trial, fold))
            store.add((assignment.fit.trial, fold))
        score, seconds = script.score_of(assignment.fit, fold), script.seconds_of(assignment.fit, fold)
        work.folds = (*work.folds, FoldResult(fold=fold, score=score, seconds=seconds))
        if len(work.folds) == len(todo):
            return _result(work, outcome="succeeded")
    if assignment.ends_in_seconds is not None and now >= work.began + assignment.ends_in_seconds - 1e-9:
        return _result(work, outcome="cancelled")
    return None


def _refit(work: Work, now: float, script: RunnerScript) -> Result | None:
    assignment = work.assignment
    assert assignment.refit is not None
    seconds, share = script.refit_seconds * assignment.refit.share, assignment.refit.share
    if now >= work.began + seconds - 1e-9:
        failure = script.refit_failures.get((trial_index(assignment.refit.trial), assignment.attempt))
        if failure is not None:
            return _result(work, outcome="failed", failure=failure)
        return _result(work, refit=RefitResult(share=share, seconds=seconds, manifest="refit"))
    if assignment.ends_in_seconds is not None and now >= work.began + assignment.ends_in_seconds - 1e-9:
        return _result(work, outcome="cancelled")
    return None


def _whole(work: Work, script: RunnerScript) -> Result:
    assignment = work.assignment
    if assignment.kind == "prepare":
        failure = script.prepare_failures.get(assignment.attempt)
        return _result(work, outcome="failed", failure=failure) if failure else _result(work, plan=script.plan)
    failure = script.finalize_failures.get(assignment.attempt)
    return _result(work, outcome="failed", failure=failure) if failure else _result(work, model=a_model_spec())


def _result(work: Work, **fields: Any) -> Result:
    given: dict[str, Any] = {"outcome": "succeeded", "folds": work.folds} | fields
    return Result(id=work.assignment.id, attempt=work.assignment.attempt, **given)
