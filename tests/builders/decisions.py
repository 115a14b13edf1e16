"""Inputs of decisions: snapshots and broker states, with runners that wait for work."""

from typing import Any, Literal

from automl_api.protocol import Announcement, Assignment, Failure, Progress, Result, WorkKind
from automl_api.resources import Configuration, Experiment, FoldResult, Trial
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.trial import FailureClass, TrialStatus
from automl_operator.decisions import decide
from automl_operator.decisions.state.actions import Action, WriteTrialStatus
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import (
    Ending,
    Lease,
    PendingResult,
    Pool,
    RunnerSession,
    RunnerState,
    Snapshot,
)
from automl_operator.decisions.state.work_id import fit_id, whole_work_id
from automl_operator.search.suggester import Suggestion
from builders.experiments import STORE, an_experiment

NOW = 1_000_000.0


def a_runner(uid: str = "r0", phase: str = "running", pool: str = "cpu", ending: Ending | None = None) -> RunnerState:
    """A runner as the World sees it."""
    return RunnerState(name=f"runner-{uid}", uid=uid, pool=pool, phase=phase, ending=ending)


def an_ended_runner(failure_class: FailureClass | None, uid: str = "r0", pool: str = "cpu") -> RunnerState:
    """A runner that has ended."""
    return a_runner(uid, "ended", pool, Ending(failure_class, "Ended", "last words"))


def a_session(uid: str = "r0", free: int = 1, slots: int = 2, **fields: Any) -> RunnerSession:
    """A runner that waits for work with `free` slots."""
    announced = {name: fields.pop(name) for name in ("memory_bytes", "learners", "accelerator") if name in fields}
    fields = {"last_heartbeat": NOW} | fields
    return RunnerSession(uid=uid, announcement=Announcement(slots=slots, **announced), free=free, **fields)


def a_suggestion(index: int = 0, learner: str = "linear") -> Suggestion:
    """A configuration that waits for a slot."""
    return Suggestion(
        index=index, configuration=Configuration(learner=learner, parameters={"x": index}), origin="search"
    )


def _assignment(
    identity: str, attempt: int, kind: WorkKind, ends_in: float | None, timeout: float | None
) -> Assignment:
    return Assignment(
        id=identity,
        attempt=attempt,
        experiment="churn",
        uid="1",
        store=StoreSpec(),
        kind=kind,
        ends_in_seconds=ends_in,
        timeout_seconds=timeout,
    )


def a_lease(
    trial: int = 0,
    folds: tuple[int, ...] = (0,),
    runner: str = "r0",
    *,
    kind: Literal["prepare", "fit", "finalize"] = "fit",
    attempt: int = 1,
    granted_at: float = NOW,
    last_heartbeat: float = NOW,
    adopted: bool = False,
    ends_in: float | None = 100.0,
    finished: tuple[FoldResult, ...] = (),
    cancelled_at: float | None = None,
    timeout: float | None = None,
) -> Lease:
    """A lease of a fit, or of prepare or finalize."""
    identity = fit_id(trial, folds, attempt, granted_at) if kind == "fit" else whole_work_id(kind, attempt)
    return Lease(
        id=identity,
        runner=runner,
        granted_at=granted_at,
        last_heartbeat=last_heartbeat,
        progress=Progress(id=identity, attempt=attempt, folds=finished),
        assignment=None if adopted else _assignment(identity, attempt, kind, ends_in, timeout),
        cancelled_at=cancelled_at,
    )


def a_pending_result(
    lease: Lease, *folds: FoldResult, failure: Failure | None = None, late: bool = False, **result: Any
) -> PendingResult:
    """The result of a lease; with `late`, of a lease that was given up before."""
    fields = {"outcome": "failed" if failure else "succeeded", "folds": folds, "failure": failure}
    pending = Result(id=lease.id, **({"attempt": lease.progress.attempt} | fields | result))
    return PendingResult(pending, lease.runner, None if late else lease.assignment, leased=not late)


def a_failure(failure_class: FailureClass, reason: str = "Broken", message: str = "last words") -> Failure:
    """The failure of an assignment."""
    return Failure(failure_class=failure_class, reason=reason, message=message)


def a_snapshot(experiment: Experiment | None = None, *, trials: tuple[Trial, ...] = (), **fields: Any) -> Snapshot:
    """An experiment in a World with one pool of two slots and one runner."""
    defaults: dict[str, Any] = {"runners": (a_runner(),), "pools": (a_pool(),), "store": STORE}
    return Snapshot(experiment=experiment or an_experiment(), trials=trials, **(defaults | fields))


def a_pool(name: str = "cpu", slots: int = 2, max_runners: int = 1, **fields: Any) -> Pool:
    """A pool of runners."""
    return Pool(name=name, slots=slots, max_runners=max_runners, **fields)


def a_broker_state(*sessions: RunnerSession, spent: float = 10.0, **fields: Any) -> BrokerState:
    """A broker's memory that was opened 1000 s ago, with a status that was written just now."""
    defaults: dict[str, Any] = {"opened_at": NOW - 1000, "status_written_at": NOW, "active_seconds": spent}
    return BrokerState(sessions=sessions, **(defaults | fields))


def decided(snapshot: Snapshot, broker: BrokerState, now: float = NOW) -> tuple[Action, ...]:
    """The actions of a decision."""
    return decide(snapshot, broker, now).actions


def a_context(snapshot: Snapshot, broker: BrokerState | None = None, now: float = NOW) -> Context:
    """The context that a policy reads."""
    return Context(snapshot, broker or a_broker_state(), now)


def of(kind: type, actions: tuple[Action, ...]) -> list[Any]:
    """The actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def one_write(actions: tuple[Action, ...]) -> TrialStatus:
    """The only trial status that is written."""
    (write,) = of(WriteTrialStatus, actions)
    status: TrialStatus = write.status
    return status
