"""A learner that no runner can train: nothing waits for it, and the status says why."""

from typing import Any

import pytest

from automl_api.resources.plan import Needs
from automl_operator.decisions.facts.learners import left_out
from automl_operator.decisions.state.actions import (
    DropResult,
    StartRunner,
    Suggest,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_lease,
    a_pending_result,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    a_suggestion,
    decided,
    of,
)
from builders.experiments import a_learner, a_plan, a_trial, an_experiment, folds_of

PLAN = a_plan(learners=(a_learner("linear"), a_learner("lightgbm", 2.0)))
ONLY_LINEAR = a_session(learners=("linear",))
BOTH = a_session(learners=("linear", "lightgbm"))
ACCELERATED = a_plan(learners=(a_learner("linear"), a_learner("mlp", needs=Needs(accelerator="gpu"))))


@pytest.mark.parametrize(
    ("plan", "sessions", "pools", "expected"),
    [
        pytest.param(PLAN, (BOTH,), (a_pool(),), "", id="the runner has its library"),
        pytest.param(PLAN, (a_session(),), (a_pool(),), "", id="the runner does not say what it has"),
        pytest.param(PLAN, (), (a_pool(),), "", id="no runner has spoken yet"),
        pytest.param(PLAN, (ONLY_LINEAR,), (a_pool(),), "lightgbm", id="no runner has its library"),
        pytest.param(PLAN, (ONLY_LINEAR,), (a_pool(), a_pool("other")), "", id="a runner elsewhere may have it"),
        pytest.param(ACCELERATED, (), (a_pool(),), "mlp", id="no pool has its accelerator"),
        pytest.param(ACCELERATED, (), (a_pool(), a_pool("gpu", accelerator="gpu")), "", id="a pool has it"),
    ],
)
def test_a_learner_that_no_runner_can_train_is_left_out(plan: Any, sessions: Any, pools: Any, expected: str) -> None:
    context = a_context(a_snapshot(plan=plan, pools=pools), a_broker_state(*sessions))
    assert " ".join(left_out(context)) == expected


def test_the_reason_is_reported_and_suggestions_are_requested_for_the_others_only() -> None:
    actions = decided(a_snapshot(plan=PLAN), a_broker_state(ONLY_LINEAR))
    (ask,), (write,) = of(Suggest, actions), of(WriteExperimentStatus, actions)
    assert [learner.name for learner in ask.request.learners] == ["linear"]
    ready = next(condition for condition in write.status.conditions if condition.type == "LearnersReady")
    assert ready.message.startswith("lightgbm is left out: no runner has its library")


def test_when_a_runner_with_its_library_comes_the_learners_are_ready_again() -> None:
    snapshot = a_snapshot(plan=PLAN)
    status = of(WriteExperimentStatus, decided(snapshot, a_broker_state(ONLY_LINEAR)))[-1].status
    later = a_snapshot(snapshot.experiment.replace(status=status), plan=PLAN)
    again = of(WriteExperimentStatus, decided(later, a_broker_state(BOTH)))[-1].status
    ready = next(condition for condition in again.conditions if condition.type == "LearnersReady")
    assert (ready.status, ready.reason) == ("True", "AllReady")
    settled = a_snapshot(snapshot.experiment.replace(status=again), plan=PLAN)
    assert not of(WriteExperimentStatus, decided(settled, a_broker_state(BOTH)))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param((), "Infeasible", id="nothing is finished"),
        pytest.param((0.9,), "Stopped", id="finished folds count"),
    ],
)
def test_an_unfinished_trial_that_no_runner_can_continue_is_ended(scores: Any, expected: str) -> None:
    trial = a_trial(0, *scores, state="Paused", learner="lightgbm")
    (write,) = of(WriteTrialStatus, decided(a_snapshot(plan=PLAN, trials=(trial,)), a_broker_state(ONLY_LINEAR)))
    assert (write.status.state, write.status.reason) == (expected, "NoRunner")
    assert "no runner has its library" in write.status.message


def test_folds_of_such_a_trial_that_are_not_stored_yet_are_stored() -> None:
    trial, pending = a_trial(0, learner="lightgbm"), a_pending_result(a_lease(0), *folds_of(0.9))
    actions = decided(a_snapshot(plan=PLAN, trials=(trial,)), a_broker_state(ONLY_LINEAR, pending_results=(pending,)))
    (write,) = of(WriteTrialStatus, actions)
    assert (write.status.state, write.status.score) == ("Stopped", 0.9)
    assert of(DropResult, actions)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"leases": (a_lease(0),)}, id="a runner is at work on it"),
        pytest.param({"opened_at": NOW}, id="a runner that has not spoken yet may be"),
    ],
)
def test_a_trial_that_a_runner_may_be_working_on_is_not_ended(fields: Any) -> None:
    trial = a_trial(0, learner="lightgbm")
    snapshot = a_snapshot(plan=PLAN, trials=(trial,), runners=(a_runner(), a_runner("r1")))
    assert not of(WriteTrialStatus, decided(snapshot, a_broker_state(ONLY_LINEAR, **fields)))


def test_without_any_learner_left_the_experiment_fails_with_the_reason() -> None:
    plan = a_plan(learners=(a_learner("lightgbm"),))
    write = of(WriteExperimentStatus, decided(a_snapshot(plan=plan), a_broker_state(ONLY_LINEAR)))[-1]
    assert write.status.state == "Failed"
    failed = next(condition for condition in write.status.conditions if condition.type == "Failed")
    assert "no runner has its library" in failed.message


def test_a_runner_is_started_in_a_pool_that_may_have_the_library() -> None:
    snapshot = a_snapshot(an_experiment(parallelism=2), plan=PLAN, pools=(a_pool(), a_pool("other")))
    broker = a_broker_state(a_session(learners=("linear",), free=0), suggestions=(a_suggestion(0, "lightgbm"),))
    assert [start.pool for start in of(StartRunner, decided(snapshot, broker))] == ["other"]
