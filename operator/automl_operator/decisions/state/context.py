"""The context that policies read: snapshot and broker state as they will be after the actions so far.

Each policy sees the effect of the earlier ones, so no policy repeats their actions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import TypeVar

from automl_api.protocol import Progress
from automl_api.resources import ExperimentSpec, ExperimentStatus, PlanSpec, Trial
from automl_api.resources.experiment_status import FINAL_STATES
from automl_api.resources.trial import TrialStatus
from automl_operator.decisions.state import actions as act
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.memo import Memo
from automl_operator.decisions.state.progress_cache import ProgressCache, Spent
from automl_operator.decisions.state.progress_table import ProgressTable, progress_table
from automl_operator.decisions.state.snapshot import Lease, Pool, RunnerSession, RunnerState, Snapshot
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import WorkId, parse_work_id

Answer = TypeVar("Answer")


def per_context(function: "Callable[[Context], Answer]") -> "Callable[[Context], Answer]":
    """Cache the function's answer for each context."""

    @wraps(function)
    def remembered(context: "Context") -> Answer:
        return context.memo.answer(function, context)

    return remembered


def per_progress(function: "Callable[[Context], Answer]") -> "Callable[[Context], Answer]":
    """Like `per_context`, for answers that depend only on the spec, the plan, the pools and the trials' progress."""

    @wraps(function)
    def remembered(context: "Context") -> Answer:
        return context.progress_memo.answer(function, context)

    return remembered


@dataclass(frozen=True)
class Context:
    """An experiment at one moment. `after` returns the context that follows."""

    snapshot: Snapshot
    broker: BrokerState
    now: float
    memo: "Memo[Context]" = field(default_factory=Memo, compare=False, repr=False)
    """Cached answers of `per_context` functions."""
    progress_memo: "Memo[Context]" = field(default_factory=Memo, compare=False, repr=False)
    """Cached answers of `per_progress` functions, passed on while no trial, lease or result changes."""

    @property
    def spec(self) -> ExperimentSpec:
        """The experiment's spec."""
        return self.snapshot.experiment.spec

    @property
    def status(self) -> ExperimentStatus:
        """The experiment's stored status."""
        return self.snapshot.experiment.status

    @property
    def plan(self) -> PlanSpec:
        """The plan. Use it only once there is one."""
        assert self.snapshot.plan is not None
        return self.snapshot.plan.spec

    @cached_property
    def alive(self) -> dict[str, RunnerState]:
        """The runners at work, by uid."""
        return {runner.uid: runner for runner in self.snapshot.runners if runner.phase == "running"}

    @cached_property
    def sessions(self) -> dict[str, RunnerSession]:
        """The sessions of runners that are at work, by uid."""
        return {session.uid: session for session in self.broker.sessions if session.uid in self.alive}

    @cached_property
    def pools(self) -> dict[str, Pool]:
        """The pools by name."""
        return {pool.name: pool for pool in self.snapshot.pools}

    @cached_property
    def work_ids(self) -> dict[str, WorkId]:
        """The work that each lease stands for, by lease id. Leases with foreign ids are left out."""
        found = ((lease.id, parse_work_id(lease.id)) for lease in self.broker.leases)
        return {identity: work_id for identity, work_id in found if work_id is not None}

    @property
    def progress_cache(self) -> ProgressCache:
        """The broker's cache, brought up to date with the trials of this context."""
        return _progress_cache(self)

    @property
    def trials_progress(self) -> Mapping[int, TrialProgress]:
        """The progress of each trial, by index; empty before the plan exists."""
        return _progress_table(self).all

    @property
    def at_work(self) -> tuple[TrialProgress, ...]:
        """The progress of the trials with leases or with results that are not stored yet, by index."""
        return _progress_table(self).at_work

    @property
    def spent(self) -> Spent:
        """The time and folds that all trials have spent so far."""
        return _progress_table(self).spent

    @property
    def unfinished(self) -> tuple[TrialProgress, ...]:
        """The progress of the trials that have not ended, by index."""
        return _unfinished(self)

    def leases_of(self, kind: str) -> tuple[Lease, ...]:
        """The leases of one kind of work."""
        return tuple(
            lease for lease in self.broker.leases if lease.id in self.work_ids and self.work_ids[lease.id].kind == kind
        )

    @cached_property
    def unheard(self) -> tuple[RunnerState, ...]:
        """Running runners that have not contacted this process yet, while they may still announce their work."""
        if self.now >= self.broker.introduced_by:
            return ()
        return tuple(runner for uid, runner in self.alive.items() if uid not in self.sessions)

    @cached_property
    def slots(self) -> int:
        """The most assignments that may be at work at once."""
        capacity = sum(pool.slots * pool.max_runners for pool in self.snapshot.pools)
        return min(self.spec.parallelism, max(1, capacity))

    def after(self, actions: Iterable[act.Action]) -> "Context":
        """The context after some actions are applied."""
        snapshot, broker = self.snapshot, self.broker
        for action in actions:
            snapshot = _stored(snapshot, action)
            broker = _with_memory(broker, action, self.now)
        if snapshot is self.snapshot and broker is self.broker:
            return self
        if self.status.state not in FINAL_STATES:
            broker = replace(broker, progress_cache=self.progress_cache)
        memo = self.progress_memo if self._same_progress(snapshot, broker) else Memo[Context]()
        return Context(snapshot, broker, self.now, progress_memo=memo)

    def _same_progress(self, snapshot: Snapshot, broker: BrokerState) -> bool:
        mine = (self.snapshot.trials, self.snapshot.plan, self.broker.leases, self.broker.pending_results)
        theirs = (snapshot.trials, snapshot.plan, broker.leases, broker.pending_results)
        return all(left is right for left, right in zip(mine, theirs, strict=True))


@per_progress
def _progress_cache(context: Context) -> ProgressCache:
    plan, cache = context.snapshot.plan, context.broker.progress_cache
    return cache if plan is None else cache.renewed(context.snapshot.trials, plan.spec)


@per_progress
def _progress_table(context: Context) -> ProgressTable:
    if context.snapshot.plan is None:
        return ProgressTable({}, (), Spent())
    return progress_table(context.progress_cache, context.broker, context.work_ids)


@per_progress
def _unfinished(context: Context) -> tuple[TrialProgress, ...]:
    return tuple(progress for progress in context.trials_progress.values() if not progress.final)


def _stored(snapshot: Snapshot, action: act.Action) -> Snapshot:
    match action:
        case act.CreatePlan(plan):
            return replace(snapshot, plan=snapshot.plan or plan)
        case act.CreateModel(model):
            return replace(snapshot, model=snapshot.model or model)
        case act.CreateTrial(trial):
            return replace(snapshot, trials=(*snapshot.trials, trial))
        case act.WriteTrialStatus(name, status):
            return replace(snapshot, trials=_with_status(snapshot.trials, name, status))
        case act.WriteExperimentStatus(new):
            return replace(snapshot, experiment=snapshot.experiment.replace(status=new))
        case act.StartRunner(name, pool):
            return replace(snapshot, runners=(*snapshot.runners, RunnerState(name, "", pool, "pending")))
        case act.StopRunner(name):
            return replace(snapshot, runners=tuple(r for r in snapshot.runners if r.name != name))
        case _:
            return snapshot


def _with_status(trials: tuple[Trial, ...], name: str, status: TrialStatus) -> tuple[Trial, ...]:
    """The trials with one status replaced. The search starts at the end, because most changes concern late trials."""
    place = next((place for place in reversed(range(len(trials))) if trials[place].metadata.name == name), None)
    if place is None:
        return trials
    return (*trials[:place], trials[place].replace(status=status), *trials[place + 1 :])


def _with_memory(broker: BrokerState, action: act.Action, now: float) -> BrokerState:
    match action:
        case act.Grant():
            return _granted(broker, action, now)
        case act.Suggest(request):
            return replace(broker, suggesting=broker.suggesting + request.count)
        case act.Cancel(lease):
            leases = (replace(x, cancelled_at=now) if x.id == lease else x for x in broker.leases)
            return replace(broker, leases=tuple(leases))
        case act.Dismiss(runner):
            return replace(broker, sessions=tuple(s for s in broker.sessions if s.uid != runner))
        case act.DropLease(lease):
            return replace(broker, leases=tuple(x for x in broker.leases if x.id != lease))
        case act.DropResult(assignment):
            return replace(
                broker, pending_results=tuple(h for h in broker.pending_results if h.result.id != assignment)
            )
        case act.DropSuggestions():
            return replace(broker, suggestions=(), exhausted=False, search_failure="")
        case act.CreateTrial():
            return replace(broker, held_writes=tuple(held for held in broker.held_writes if held.what != "trial"))
        case act.WriteExperimentStatus():
            return replace(broker, status_written_at=now)
        case _:
            return broker


def _granted(broker: BrokerState, grant: act.Grant, now: float) -> BrokerState:
    work = grant.assignment
    lease = Lease(work.id, grant.runner, now, now, Progress(id=work.id, attempt=work.attempt), work)
    return replace(
        broker,
        leases=(*broker.leases, lease),
        sessions=tuple(
            replace(s, free=max(0, s.free - 1), idle_since=None) if s.uid == grant.runner else s
            for s in broker.sessions
        ),
        suggestions=tuple(s for s in broker.suggestions if s.index != grant.suggestion),
    )
