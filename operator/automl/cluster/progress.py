"""The lines about what is new in an experiment's status. Pure functions: two statuses in, text out."""

from automl.progress_lines import data_line, first_result_line, progress_line, result_lines, warning_lines
from automl_api.condition_types import COMPLETE, FAILED, PREPARED, SEARCHED
from automl_api.quantities import format_duration, parse_duration
from automl_api.resources import Condition, Experiment, PlanSpec
from automl_api.resources.experiment_status import FINAL_STATES

STEPS = frozenset({COMPLETE, FAILED, PREPARED, SEARCHED})
"""Conditions that show progress; all others show what is missing."""
STRANGE_SECONDS = 30.0
NO_OPERATOR = "; is it running? kubectl get pods -A -l app.kubernetes.io/name=automl-operator"
PHASES = {
    "Preparing": "reading and checking the data",
    "Finalizing": "building and scoring the model",
    "Suspended": "suspended, nothing finished is lost; set spec.suspend: false to go on",
}
STOPPING = "stopping, nothing finished is lost"
"""The phase of a suspended experiment with spec.stop, which ends instead of going on."""


def opening_line(experiment: Experiment, place: str) -> str:
    """`adult in namespace team. Budget 2m.`"""
    return f"{experiment.metadata.name} in {place}. Budget {experiment.spec.budget.time}."


def news(before: Experiment | None, after: Experiment) -> tuple[str, ...]:
    """The lines about changes between two states of an experiment; `before` is None for the first state.

    An ended experiment has none: success_lines and failure_message describe it.
    """
    if is_over(after):
        return ()
    return (*_warnings(before, after), *_steps(before, after), *_result(before, after))


def plan_lines(experiment: Experiment, plan: PlanSpec) -> tuple[str, ...]:
    """The lines about the data and its warnings."""
    return (data_line(experiment, plan), *warning_lines(plan))


def status_line(experiment: Experiment, since_written: float) -> str:
    """The current status in one line, `since_written` seconds after it was written."""
    status = experiment.status
    if status.state == "Pending" and not status.observed_generation:
        return "waiting for the operator" + (NO_OPERATOR if since_written >= STRANGE_SECONDS else "")
    if status.state == "Pending":
        return "waiting for a runner"
    if status.state != "Searching":
        suspended = status.state == "Suspended"
        phase = STOPPING if suspended and experiment.spec.stop else PHASES.get(status.state, status.state)
        # A suspended experiment spends no budget.
        seconds = status.active_seconds + (0.0 if suspended else since_written)
        return f"{phase}, {format_duration(seconds)}"
    best = (status.best.learner, status.best.score) if status.best else None
    left = parse_duration(experiment.spec.budget.time) - status.active_seconds - since_written
    return progress_line(status.trials.total, best, max(left, 0.0))


def is_over(experiment: Experiment) -> bool:
    """True when the experiment has ended."""
    return experiment.status.state in FINAL_STATES


def success_lines(experiment: Experiment, command: str) -> tuple[str, ...]:
    """The lines about the published model; `command` downloads it."""
    return (*result_lines(experiment, experiment.status.model), f"get it: {command}")


def failure_message(experiment: Experiment) -> str:
    """The reason why an experiment failed, and everything else that is wrong."""
    failed = [c for c in experiment.status.conditions if c.type == FAILED and c.status == "True"]
    wrong = [c for c in experiment.status.conditions if _is_wrong(c)]
    lines = [f"{c.reason}: {c.message}" for c in failed] or [
        f"{experiment.metadata.name} failed, and no reason is given"
    ]
    return "\n".join([*lines, *(_statement(condition) for condition in wrong)])


def _steps(before: Experiment | None, after: Experiment) -> list[str]:
    state = after.status.state
    if before is not None and before.status.state == state:
        return []
    lines = []
    if before is not None and before.status.state == "Suspended" and not after.spec.stop:
        lines.append("going on")
    if state == "Finalizing" and (ended := _condition(after, "Searched")):
        lines.append(f"search ended: {ended.message}")
    return lines


def _result(before: Experiment | None, after: Experiment) -> list[str]:
    """A line if another trial has become the best, else none."""
    best = after.status.best
    known = before.status.best if before is not None else None
    if best is None or (known is not None and known.trial == best.trial):
        return []
    return [first_result_line(after.status.active_seconds, best.learner, best.score)]


def _warnings(before: Experiment | None, after: Experiment) -> list[str]:
    lines = []
    for condition in after.status.conditions:
        known = _condition(before, condition.type) if before is not None else None
        if _is_wrong(condition) and (known is None or (known.status, known.reason) != ("False", condition.reason)):
            lines.append(f"warning: {_statement(condition)}")
        elif known is not None and _is_wrong(known) and condition.status == "True":
            lines.append(f"{condition.type} again: {condition.message}")
    return lines


def _is_wrong(condition: Condition) -> bool:
    return condition.type not in STEPS and condition.status == "False"


def _statement(condition: Condition) -> str:
    return f"{condition.type} is false: {condition.reason}: {condition.message}"


def _condition(experiment: Experiment, type_: str) -> Condition | None:
    return next((c for c in experiment.status.conditions if c.type == type_), None)
