"""Prepare and finalize: handed in, failed, or lost with their runner."""

from dataclasses import replace
from typing import Any

import pytest

from automl_api.resources import ExperimentStatus
from automl_api.resources.experiment_status import WorkStatus
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreatePlan,
    DropResult,
    Grant,
    StartRunner,
    StopRunner,
    WriteExperimentStatus,
)
from builders.decisions import (
    NOW,
    a_broker_state,
    a_failure,
    a_lease,
    a_pending_result,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    an_ended_runner,
    decided,
    of,
)
from builders.experiments import a_model, a_model_spec, a_plan, a_plan_spec, a_trial, an_experiment

PREPARING = ExperimentStatus(state="Preparing", prepare=WorkStatus(holder="r0", attempts=1))


def finalizing(**work: Any) -> ExperimentStatus:
    """The status while the model is built."""
    defaults: dict[str, Any] = {"holder": "r0", "attempts": 1}
    return ExperimentStatus(state="Finalizing", finalize=WorkStatus(**(defaults | work)))


def test_a_handed_in_plan_is_stored_before_the_result_is_dropped() -> None:
    pending = a_pending_result(a_lease(kind="prepare"), plan=a_plan_spec())
    actions = decided(a_snapshot(an_experiment(PREPARING)), a_broker_state(pending_results=(pending,)))
    assert isinstance(actions[0], CreatePlan)
    assert actions[1] == DropResult("prepare-1")
    assert of(WriteExperimentStatus, actions)[-1].status.state == "Searching"


def test_a_handed_in_model_completes_the_experiment() -> None:
    pending = a_pending_result(a_lease(kind="finalize"), model=a_model_spec())
    trials = (a_trial(0, *[0.9] * 5, state="Succeeded"),)
    snapshot = a_snapshot(an_experiment(finalizing(), trials=1), trials=trials, plan=a_plan())
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    assert isinstance(actions[0], CreateModel)
    assert not actions[0].model.metadata.owner_references, "the answer outlives the question"
    status = of(WriteExperimentStatus, actions)[-1].status
    assert (status.state, status.model, status.score) == ("Complete", "churn-12345678", a_model_spec().score)
    assert of(StopRunner, actions)


def test_a_model_that_was_stored_before_a_crash_completes_the_experiment() -> None:
    trials = (a_trial(0, *[0.9] * 5, state="Succeeded"),)
    snapshot = a_snapshot(an_experiment(finalizing(), trials=1), trials=trials, plan=a_plan(), model=a_model())
    assert of(WriteExperimentStatus, decided(snapshot, a_broker_state()))[-1].status.state == "Complete"


@pytest.mark.parametrize(
    ("failure", "failures_before", "expected"),
    [
        pytest.param(a_failure("program", "DataMissing"), 0, "Failed", id="the data is missing: at once"),
        pytest.param(a_failure("configuration", "Timeout"), 0, "Preparing", id="it took too long: again"),
        pytest.param(a_failure("configuration", "Timeout"), 1, "Failed", id="it took too long twice"),
        pytest.param(a_failure("configuration", "Refused"), 0, "Failed", id="it cannot be done: at once"),
        pytest.param(a_failure("infrastructure"), 0, "Preparing", id="infrastructure: again"),
        pytest.param(a_failure("resources"), 2, "Preparing", id="the third time: again"),
        pytest.param(a_failure("resources"), 3, "Failed", id="the fourth time: no more"),
        pytest.param(a_failure("resources", "StoreFull"), 3, "Suspended", id="the store is full: nobody's failure"),
    ],
)
def test_a_failure_of_prepare(failure: Any, failures_before: int, expected: str) -> None:
    work = WorkStatus(holder="r0", attempts=1, failures=failures_before)
    pending = a_pending_result(a_lease(kind="prepare"), failure=failure)
    snapshot = a_snapshot(an_experiment(ExperimentStatus(state="Preparing", prepare=work)))
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    status = of(WriteExperimentStatus, actions)[-1].status
    assert status.state == expected
    if expected == "Failed":
        failed = next(condition for condition in status.conditions if condition.type == "Failed")
        assert (failed.reason, failed.message) == (failure.reason, "prepare: last words")
    assert DropResult("prepare-1") in actions


def test_a_repeated_failure_of_prepare_counts_once() -> None:
    again = WorkStatus(holder="", attempts=1, failures=1)
    pending = a_pending_result(a_lease(kind="prepare"), failure=a_failure("infrastructure"), late=True)
    snapshot = a_snapshot(an_experiment(ExperimentStatus(state="Preparing", prepare=again)))
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    assert of(WriteExperimentStatus, actions)[-1].status.prepare.failures == 1
    assert DropResult("prepare-1") in actions


def test_finalize_is_tried_again_after_its_runner_was_lost() -> None:
    trials = (a_trial(0, *[0.9] * 5, state="Succeeded"),)
    snapshot = a_snapshot(
        an_experiment(finalizing(), trials=1),
        trials=trials,
        plan=a_plan(),
        runners=(an_ended_runner("infrastructure"), a_runner("r1")),
    )
    actions = decided(snapshot, a_broker_state(a_session("r1"), leases=(a_lease(kind="finalize"),)))
    status = of(WriteExperimentStatus, actions)[-1].status
    assert status.finalize == WorkStatus(holder="r1", attempts=2, failures=1, message="Ended: last words")
    assert of(Grant, actions)[0].assignment.id == "finalize-2"


TWO_SIZES = (a_pool("small", memory_bytes=1), a_pool("large", memory_bytes=2, cost_per_hour=8.0))


@pytest.mark.parametrize("kind", ["prepare", "finalize"])
def test_work_that_ran_out_of_memory_is_tried_in_the_pool_with_the_most(kind: str) -> None:
    short = WorkStatus(holder="", attempts=1, failures=1, resource_failures=1)
    preparing, building = ExperimentStatus(state="Preparing", prepare=short), finalizing(**dict(short))
    status = preparing if kind == "prepare" else building
    done: dict[str, Any] = (
        {} if kind == "prepare" else {"plan": a_plan(), "trials": (a_trial(0, *[0.9] * 5, state="Succeeded"),)}
    )
    small = a_runner("r0", pool="small")
    snapshot = a_snapshot(an_experiment(status, trials=1), pools=TWO_SIZES, runners=(small,), **done)
    actions = decided(snapshot, a_broker_state(a_session("r0")))
    assert ([start.pool for start in of(StartRunner, actions)], of(Grant, actions)) == (["large"], [])

    both = replace(snapshot, runners=(small, a_runner("r1", pool="large")))
    actions = decided(both, a_broker_state(a_session("r0"), a_session("r1")))
    assert [grant.runner for grant in of(Grant, actions)] == ["r1"]


def test_a_failure_for_lack_of_memory_is_remembered() -> None:
    pending = a_pending_result(a_lease(kind="prepare"), failure=a_failure("resources", "OutOfMemory"))
    actions = decided(a_snapshot(an_experiment(PREPARING), pools=TWO_SIZES), a_broker_state(pending_results=(pending,)))
    prepare = of(WriteExperimentStatus, actions)[-1].status.prepare
    assert (prepare.failures, prepare.resource_failures) == (1, 1)


def test_a_larger_pool_that_did_not_start_in_time_is_no_longer_waited_for() -> None:
    short = WorkStatus(holder="", attempts=1, failures=1, resource_failures=1)
    pending = replace(a_runner("p", "pending", "large"), pending_since=NOW - 901, problem="Unschedulable")
    status = ExperimentStatus(state="Preparing", prepare=short)
    snapshot = a_snapshot(an_experiment(status), pools=TWO_SIZES, runners=(a_runner("r0", pool="small"), pending))
    actions = decided(snapshot, a_broker_state(a_session("r0")))
    assert [grant.runner for grant in of(Grant, actions)] == ["r0"]
