"""A minimal decider: each assignment is one trial, and every waiting runner gets one."""

from automl_api.resources import FoldResult, TrialStatus
from automl_operator.decisions.state.actions import (
    Action,
    CreateTrial,
    Decision,
    Dismiss,
    DropResult,
    Grant,
    StartRunner,
    WriteTrialStatus,
)
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import RunnerSession, Snapshot
from builders.control import a_claimed_trial, an_assignment


class OneTrialAnAssignment:
    """Starts one runner, tries `trials` configurations, and sends the runner home."""

    def __init__(self, trials: int, pool: str = "cpu") -> None:
        self._trials = trials
        self._pool = pool

    def __call__(self, snapshot: Snapshot, broker: BrokerState, now: float) -> Decision:
        actions: list[Action] = []
        if not snapshot.runners:
            actions.append(StartRunner("runner", self._pool))
        for pending in broker.pending_results:
            status = TrialStatus(state="Succeeded", folds=pending.result.folds or (FoldResult(fold=0, score=0.5),))
            actions += [WriteTrialStatus(pending.result.id, status), DropResult(pending.result.id)]
        index = len(snapshot.trials)
        for session in broker.sessions:
            made = self._occupy(session, index)
            index += session.free
            actions += made
        if len(snapshot.trials) >= self._trials and not broker.leases:
            actions += [Dismiss(session.uid) for session in broker.sessions if session.free]
        return Decision(tuple(actions))

    def _occupy(self, session: RunnerSession, first: int) -> list[Action]:
        actions: list[Action] = []
        for index in range(first, min(first + session.free, self._trials)):
            trial = a_claimed_trial(index, holder=session.uid)
            actions += [CreateTrial(trial), Grant(session.uid, an_assignment(trial.metadata.name))]
        return actions
