"""Builds the Events that `kubectl describe` shows: one for each change of a status, and none without a change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from automl_api import reasons
from automl_api.condition_types import COMPLETE, FAILED
from automl_api.resources import Condition, ExperimentStatus, Trial, TrialStatus
from automl_api.resources.trial import TrialState
from automl_operator.kube.manifests.event import Tone

_OF_THE_STATE: Final = (COMPLETE, FAILED)
"""Conditions that only repeat the state, which has an Event of its own."""
_TRIAL_ENDED: Final[dict[TrialState, str]] = {
    "Infeasible": reasons.TRIAL_INFEASIBLE,
    "Failed": reasons.TRIAL_FAILED,
}


@dataclass(frozen=True)
class EventNote:
    """Type, reason and message of an Event."""

    tone: Tone
    reason: str
    message: str


def experiment_events(old: ExperimentStatus, new: ExperimentStatus) -> tuple[EventNote, ...]:
    """The Events for the difference between an experiment's old and new status."""
    return (*_conditions(old, new), *_best(old, new), *_state(old, new))


def trial_events(trial: Trial, new: TrialStatus) -> tuple[EventNote, ...]:
    """The Events for a trial's new status: a retry after a lost attempt, or the trial's failure."""
    old, name = trial.status, f"{trial.metadata.name} ({trial.spec.configuration.learner})"
    cause = ": ".join(filter(None, (new.reason, _last_line(new.message))))
    if new.state != old.state and new.state in _TRIAL_ENDED:
        ended = f"{name} ended, {new.failure_class}" if new.failure_class is not None else f"{name} ended"
        return (EventNote("Warning", _TRIAL_ENDED[new.state], f"{ended}: {cause}"),)
    more = (new.attempts, new.resource_failures) != (old.attempts, old.resource_failures)
    if more and new.failure_class is not None:
        return (EventNote("Warning", reasons.TRIAL_RETRIED, f"{name} is tried again, {new.failure_class}: {cause}"),)
    return ()


def _state(old: ExperimentStatus, new: ExperimentStatus) -> Iterator[EventNote]:
    if new.state == old.state:
        return
    condition = _by_type(new.conditions).get("Failed" if new.state == "Failed" else "Complete")
    tone: Tone = "Warning" if new.state == "Failed" else "Normal"
    reason = condition.reason if condition is not None and new.state in ("Failed", "Complete") else new.state
    yield EventNote(
        tone,
        reason,
        condition.message if condition is not None and condition.message else f"The experiment is {new.state}.",
    )


def _conditions(old: ExperimentStatus, new: ExperimentStatus) -> Iterator[EventNote]:
    before = _by_type(old.conditions)
    for type_, condition in _by_type(new.conditions).items():
        if type_ in _OF_THE_STATE or condition.reason == reasons.EXPERIMENT_ENDED:
            continue  # the state's Event reports the end
        known = before.get(type_)
        if known is None or (known.status, known.reason) != (condition.status, condition.reason):
            yield EventNote("Warning" if condition.status == "False" else "Normal", condition.reason, condition.message)


def _best(old: ExperimentStatus, new: ExperimentStatus) -> Iterator[EventNote]:
    best = new.best
    if best is None or (old.best is not None and (old.best.trial, old.best.score) == (best.trial, best.score)):
        return
    metric = new.metric or "score"
    folds = "1 fold" if best.folds == 1 else f"{best.folds} folds"
    message = f"{metric} {best.score:.6g} by {best.trial} ({best.learner}) over {folds}."
    yield EventNote("Normal", reasons.BEST_IMPROVED, message)


def _by_type(conditions: tuple[Condition, ...]) -> dict[str, Condition]:
    return {condition.type: condition for condition in conditions}


def _last_line(message: str) -> str:
    """The last line, which in a traceback says what happened."""
    lines = [line for line in message.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
