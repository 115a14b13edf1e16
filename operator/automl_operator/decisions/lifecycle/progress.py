"""The progress of an experiment, as people see it. It includes reported folds that are not stored yet."""

from dataclasses import dataclass

from automl_api.resources.experiment_status import FINAL_STATES, State, TrialCounts
from automl_operator.decisions.facts.budget import budget_seconds
from automl_operator.decisions.facts.leaderboard import ranked
from automl_operator.decisions.lifecycle.experiment_state import failure, state
from automl_operator.decisions.lifecycle.search_end import search_end
from automl_operator.decisions.lifecycle.status import current_status
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Snapshot


@dataclass(frozen=True)
class ExperimentProgress:
    """An experiment's progress. `seconds_left` is of the whole budget, `message` a short sentence."""

    state: State
    seconds_left: float
    trials: TrialCounts
    working: int
    """Leased assignments."""
    metric: str = ""
    learner: str = ""
    """The learner of the best trial so far; empty while no fold is finished."""
    score: float | None = None
    message: str = ""


def progress(snapshot: Snapshot, broker: BrokerState, now: float) -> ExperimentProgress:
    """The progress of an experiment. Reported folds are included, and trials are compared on the same folds."""
    context = Context(snapshot, broker, now)
    board = (
        ranked(
            [progress.live for progress in context.trials_progress.values() if progress.live is not None],
            context.plan.metric,
        )
        if snapshot.plan
        else []
    )
    return ExperimentProgress(
        state=state(context),
        seconds_left=max(0.0, budget_seconds(context) - broker.active_seconds),
        trials=current_status(context).trials,
        working=len(broker.leases),
        metric=snapshot.plan.spec.metric if snapshot.plan else "",
        learner=board[0].learner if board else "",
        score=board[0].score if board else None,
        message=_message(context),
    )


def _message(context: Context) -> str:
    if context.status.state in FINAL_STATES:
        ends = {condition.type: condition.message for condition in context.status.conditions}
        return ends.get(context.status.state, "")
    verdict = failure(context)
    if verdict is not None:
        return verdict.message
    if context.snapshot.plan is not None and (end := search_end(context)) is not None:
        return end.message
    waiting = [runner.message for runner in context.snapshot.runners if runner.phase == "pending" and runner.message]
    return waiting[0] if waiting else ""
