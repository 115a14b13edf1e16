"""The conditions for missing things: each turns False while something is missing, and True again afterwards."""

from automl_api import reasons
from automl_api.condition_types import LEARNERS_READY, OBJECTS_READY, RUNNERS_READY, STORE_READY, TESTED
from automl_api.limits import MAX_MESSAGE, MAX_REASON
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import left_out
from automl_operator.decisions.facts.pending_runners import kept_from_starting, on_their_way
from automl_operator.decisions.facts.store import halted_since
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.context import Context

GOES_ON = "Meanwhile the work goes on with the other runners."
Statement = tuple[str, bool, str, str]
"""A condition's type, whether it holds, its reason and its message."""


def learner_statements(context: Context) -> list[Statement]:
    """The condition for learners that are left out, with the reasons."""
    if missing := left_out(context):
        text = " ".join(f"{learner} is left out: {why}" for learner, why in missing.items())
        return [(LEARNERS_READY, False, reasons.LEFT_OUT, text[:MAX_MESSAGE])]
    return _taken_back(context, LEARNERS_READY, reasons.ALL_READY, "Every learner of the plan can be trained.")


def runner_statements(context: Context) -> list[Statement]:
    """The condition for runners that do not start, with the World's message for one runner of each pool."""
    if state(context) in FINAL_STATES:
        return _taken_back(context, RUNNERS_READY, reasons.EXPERIMENT_ENDED, "The experiment has ended.")
    kept = kept_from_starting(context)
    if kept:
        text = " ".join(f"{pool}: {reason}: {message}" for pool, (reason, message) in sorted(kept.items()))
        if context.alive:
            text = f"{text.rstrip('. ')}. {GOES_ON}"
        return [(RUNNERS_READY, False, kept[min(kept)][0][:MAX_REASON], text[:MAX_MESSAGE])]
    refusal = context.snapshot.refusal
    if refusal is not None and not context.snapshot.pools:
        return [(RUNNERS_READY, False, refusal.reason, refusal.message[:MAX_MESSAGE])]
    if on_their_way(context):
        return []  # the condition turns True when one has started
    return _taken_back(context, RUNNERS_READY, reasons.NO_PENDING_RUNNERS, "No runner is kept from starting.")


def object_statements(context: Context) -> list[Statement]:
    """The condition for objects that cannot be stored, with the World's messages."""
    if state(context) in FINAL_STATES:
        return _taken_back(context, OBJECTS_READY, reasons.EXPERIMENT_ENDED, "The experiment has ended.")
    return unwritten(context) or _taken_back(context, OBJECTS_READY, reasons.ALL_STORED, "Every object can be stored.")


def unwritten(context: Context) -> list[Statement]:
    """The condition for recent failures of writes; empty where there were none."""
    held = [write for write in recent(context) if write.what != "runner"]
    if not held:
        return []
    text = " ".join(f"{write.what}: {write.reason or reasons.NOT_STORED}: {write.message}" for write in held)
    return [(OBJECTS_READY, False, (held[0].reason or reasons.NOT_STORED)[:MAX_REASON], text[:MAX_MESSAGE])]


def store_statements(context: Context) -> list[Statement]:
    """The condition for the store. The work that finds the store full reports that, not this function."""
    problem = context.snapshot.store_problem
    if problem is not None:
        return [(STORE_READY, False, problem.reason, problem.message[:MAX_MESSAGE])]
    if _is_full(context) and halted_since(context) is not None:
        return []
    return _taken_back(context, STORE_READY, reasons.STORE_AVAILABLE, "No problem with the store is known.")


def test_statements(context: Context) -> list[Statement]:
    """The condition for the test, once there is a model of an experiment with `evaluation.test`."""
    model, test = context.snapshot.model, context.spec.evaluation.test
    if model is None or test is None:
        return []
    score = model.spec.test_score
    if score is None:
        message = model.spec.test_failure or "The runner that built the model did not test it; is its image older?"
        return [(TESTED, False, reasons.TEST_FAILED, message[:MAX_MESSAGE])]
    return [(TESTED, True, reasons.TEST_SCORED, f"{score.metric} {score.value:.6g} on {score.rows:,} rows.")]


def _is_full(context: Context) -> bool:
    return any(c.type == STORE_READY and c.reason == reasons.STORE_FULL for c in context.status.conditions)


def _taken_back(context: Context, type_: str, reason: str, message: str) -> list[Statement]:
    """The condition as True. It appears only once it has been False, and then it stays."""
    reported = any(condition.type == type_ for condition in context.status.conditions)
    return [(type_, True, reason, message)] if reported else []
