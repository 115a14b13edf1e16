"""Run an experiment in one process without a broker, with the product's decisions, search and work.

It serves studies of decisions and models that need hundreds of runs. The clock counts the seconds of the work.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from automl_api.protocol import Announcement, Assignment, Result, WorkKind
from automl_api.resources import Experiment, PublishedModel
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions import decide
from automl_operator.decisions.state.actions import Action, Grant, Suggest
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import PendingResult, Pool, RunnerSession, RunnerState, Snapshot
from automl_operator.search import suggest
from automl_runner.agent.endings import result
from automl_runner.children.perform import perform
from automl_runner.children.work import program
from automl_runner.learners import available
from automl_runner.mounts import Mounts

RUNNER, POOL = "runner", "here"
LONG_AGO = -1e6


class InProcess:
    """One experiment with one slot."""

    def __init__(self, experiment: Experiment, store: StoreSpec) -> None:
        runner = RunnerState(RUNNER, RUNNER, POOL, "running")
        announcement = Announcement(slots=1, learners=available(), work=get_args(WorkKind))
        self._now = 0.0
        self._handlers = program(Mounts()).handlers
        self._snapshot = Snapshot(experiment, runners=(runner,), pools=(Pool(POOL, 1, 1),), store=store)
        session = RunnerSession(RUNNER, announcement, self._now, free=1)
        self._broker = BrokerState(opened_at=LONG_AGO, active_seconds=0.0, sessions=(session,))

    def run(self) -> PublishedModel:
        """Work until there is a model. Raises RuntimeError with the experiment's conditions if there will be none."""
        while self._snapshot.model is None:
            actions = decide(self._snapshot, self._broker, self._now).actions
            status = self._snapshot.experiment.status
            if not actions or status.state in FINAL_STATES:
                raise RuntimeError(f"{status.state}: {status.conditions}")
            self._apply(actions)
        return self._snapshot.model

    def _apply(self, actions: Sequence[Action]) -> None:
        after = Context(self._snapshot, self._broker, self._now).after(actions)
        self._snapshot, self._broker = after.snapshot, after.broker
        for action in actions:
            if isinstance(action, Suggest):
                answer = suggest(action.request)
                waiting = (*self._broker.suggestions, *answer.suggestions)
                self._broker = replace(self._broker, suggestions=waiting, suggesting=0, exhausted=answer.exhausted)
            elif isinstance(action, Grant):
                self._work(action.assignment)

    def _work(self, assignment: Assignment) -> None:
        outcome = perform(assignment, self._handlers, lambda _: None)
        seconds = sum(fold.seconds for fold in outcome.folds) or 1.0
        done: Result = result(assignment, outcome, None, outcome.folds, seconds=seconds, peak_memory_bytes=0)
        self._now += seconds
        pending = PendingResult(done, RUNNER, assignment, leased=True)
        self._broker = replace(
            self._broker,
            active_seconds=self._now,
            leases=tuple(lease for lease in self._broker.leases if lease.id != assignment.id),
            pending_results=(*self._broker.pending_results, pending),
            sessions=tuple(replace(session, free=1, last_heartbeat=self._now) for session in self._broker.sessions),
        )
