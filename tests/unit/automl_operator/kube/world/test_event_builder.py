"""Events for `kubectl describe`: one sentence for each change, none for values that only grow."""

from datetime import UTC, datetime

import pytest

from automl_api.resources import Condition, ExperimentStatus, TrialStatus
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_operator.kube.world.event_builder import EventNote, experiment_events, trial_events
from builders.control import a_claimed_trial

PENDING = ExperimentStatus()


def a_condition(type_: str, status: str, reason: str, message: str = "Words.") -> Condition:
    return Condition.read({"type": type_, "status": status, "reason": reason, "message": message})


def with_(*conditions: Condition, **fields: object) -> ExperimentStatus:
    return ExperimentStatus(conditions=conditions).replace(**fields)


SEARCHING = with_(a_condition("Complete", "False", "Searching", "Configurations are tried."), state="Searching")
BEST = LeaderboardEntry(trial="churn-1", learner="lightgbm", score=0.9123456, folds=5)


@pytest.mark.parametrize(
    ("old", "new", "notes"),
    [
        pytest.param(PENDING, PENDING, (), id="nothing"),
        pytest.param(SEARCHING, SEARCHING.replace(active_seconds=9.0), (), id="time only"),
        pytest.param(
            PENDING, SEARCHING, (EventNote("Normal", "Searching", "Configurations are tried."),), id="a new state"
        ),
        pytest.param(
            SEARCHING,
            with_(
                a_condition("Complete", "False", "Failed", "There is no model."),
                a_condition("Failed", "True", "TrialsFailed", "ValueError: x"),
                state="Failed",
            ),
            (EventNote("Warning", "TrialsFailed", "ValueError: x"),),
            id="failed, with the reason",
        ),
        pytest.param(
            SEARCHING,
            with_(a_condition("Complete", "True", "ModelPublished", "The model m is published."), state="Complete"),
            (EventNote("Normal", "ModelPublished", "The model m is published."),),
            id="complete",
        ),
        pytest.param(
            PENDING,
            with_(a_condition("StoreReady", "False", "CredentialsMissing", "Create it.")),
            (EventNote("Warning", "CredentialsMissing", "Create it."),),
            id="bad news of a condition",
        ),
        pytest.param(
            with_(a_condition("RunnersReady", "False", "Unschedulable", "0/1 nodes")),
            with_(a_condition("RunnersReady", "False", "Unschedulable", "0/2 nodes")),
            (),
            id="the same problem with another message",
        ),
        pytest.param(
            with_(a_condition("RunnersReady", "False", "Unschedulable")),
            with_(a_condition("RunnersReady", "True", "NoPendingRunners", "No runner waits.")),
            (EventNote("Normal", "NoPendingRunners", "No runner waits."),),
            id="good news again",
        ),
        pytest.param(
            with_(a_condition("RunnersReady", "False", "Unschedulable")),
            with_(a_condition("RunnersReady", "True", "ExperimentEnded", "The experiment has ended.")),
            (),
            id="a condition that is gone",
        ),
        pytest.param(
            SEARCHING,
            SEARCHING.replace(best=BEST, metric="roc_auc"),
            (EventNote("Normal", "BestImproved", "roc_auc 0.912346 by churn-1 (lightgbm) over 5 folds."),),
            id="a better trial",
        ),
        pytest.param(SEARCHING.replace(best=BEST), SEARCHING.replace(best=BEST), (), id="the same best trial"),
    ],
)
def test_the_events_of_an_experiments_status(
    old: ExperimentStatus, new: ExperimentStatus, notes: tuple[EventNote, ...]
) -> None:
    assert experiment_events(old, new) == notes


def test_an_unchanged_condition_at_another_time_makes_no_event() -> None:
    condition = a_condition("Prepared", "True", "PlanMade")
    later = condition.replace(last_transition_time=datetime(2026, 1, 1, tzinfo=UTC))
    assert experiment_events(with_(condition), with_(later)) == ()


OOM = TrialStatus(
    state="Paused", attempts=2, failure_class="resources", reason="OOMKilled", message="4Gi\nwas too little"
)


@pytest.mark.parametrize(
    ("new", "notes"),
    [
        pytest.param(TrialStatus(state="Succeeded"), (), id="no event for a success, which the leaderboard shows"),
        pytest.param(TrialStatus(state="Stopped", reason="Hopeless"), (), id="stopped early"),
        pytest.param(
            OOM,
            (
                EventNote(
                    "Warning",
                    "TrialRetried",
                    "churn-00000-0 (linear) is tried again, resources: OOMKilled: was too little",
                ),
            ),
            id="an attempt lost",
        ),
        pytest.param(
            OOM.replace(state="Infeasible"),
            (
                EventNote(
                    "Warning", "TrialInfeasible", "churn-00000-0 (linear) ended, resources: OOMKilled: was too little"
                ),
            ),
            id="given up",
        ),
    ],
)
def test_the_events_of_a_trials_status(new: TrialStatus, notes: tuple[EventNote, ...]) -> None:
    assert trial_events(a_claimed_trial(), new) == notes


def test_running_out_of_memory_is_reported_even_if_the_attempt_was_lost_before() -> None:
    lost = a_claimed_trial().replace(status=TrialStatus(state="Running", attempts=2))
    (note,) = trial_events(lost, OOM.replace(resource_failures=1))
    assert note.reason == "TrialRetried"


def test_the_end_of_a_trial_is_reported_once() -> None:
    ended = a_claimed_trial().replace(status=OOM.replace(state="Infeasible"))
    assert trial_events(ended, ended.status) == ()
