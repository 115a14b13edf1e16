"""Runners: as many as there is work for, and none when there is none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from automl_api.resources import Condition, ExperimentStatus
from automl_api.resources.experiment_status import State
from automl_operator.decisions import decide
from automl_operator.decisions.state.actions import (
    Dismiss,
    DropLease,
    DropSuggestions,
    Grant,
    StartRunner,
    StopRunner,
    WriteExperimentStatus,
    WriteTrialStatus,
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
    a_suggestion,
    an_ended_runner,
    decided,
    of,
)
from builders.experiments import a_model, a_plan, a_trial, an_experiment, folds_of

FOUR = (a_pool(slots=1, max_runners=4),)


@pytest.mark.parametrize(
    ("spec", "fields", "pools", "expected"),
    [
        pytest.param({}, {}, FOUR, 1, id="one to prepare"),
        pytest.param({}, {"plan": a_plan()}, FOUR, 4, id="as many as parallelism allows"),
        pytest.param({"parallelism": 8}, {"plan": a_plan()}, FOUR, 4, id="as many as the pool allows"),
        pytest.param({"trials": 2}, {"plan": a_plan(folds=1)}, FOUR, 2, id="as many as there is work"),
        pytest.param({}, {"plan": a_plan()}, (a_pool(slots=2, max_runners=4),), 2, id="slots count, not runners"),
        pytest.param({"suspend": True}, {"plan": a_plan()}, FOUR, 0, id="none while suspended"),
        pytest.param(
            {"trials": 1},
            {"plan": a_plan(), "trials": (a_trial(0, *[0.9] * 5, state="Succeeded"),)},
            FOUR,
            1,
            id="one to finalize",
        ),
    ],
)
def test_runners_are_started_for_work_that_can_be_done_now(
    spec: dict[str, Any], fields: dict[str, Any], pools: Any, expected: int
) -> None:
    actions = decided(a_snapshot(an_experiment(**spec), runners=(), pools=pools, **fields), a_broker_state())
    names = [start.name for start in of(StartRunner, actions)]
    assert names == [f"churn-12345-cpu-{index}" for index in range(expected)]


def test_runners_that_are_on_their_way_count() -> None:
    pending = tuple(a_runner(f"p{index}", "pending") for index in range(3))
    actions = decided(a_snapshot(plan=a_plan(), runners=pending, pools=FOUR), a_broker_state())
    assert len(of(StartRunner, actions)) == 1


@pytest.mark.parametrize(
    ("idle_for", "spec", "expected"),
    [
        pytest.param(31.0, {"trials": 1}, ["r1"], id="idle for long, and no work in sight: one stays for finalize"),
        pytest.param(29.0, {"trials": 1}, [], id="not idle for long"),
        pytest.param(31.0, {"trials": 50}, [], id="there will be work"),
    ],
)
def test_an_idle_runner_is_sent_away(idle_for: float, spec: dict[str, Any], expected: list[str]) -> None:
    runners = (a_runner("r0"), a_runner("r1"))
    sessions = tuple(a_session(uid, free=1, slots=1, idle_since=NOW - idle_for) for uid in ("r0", "r1"))
    trials = (a_trial(0, *[0.9] * 5, state="Succeeded"),)
    snapshot = a_snapshot(an_experiment(**spec), trials=trials, plan=a_plan(), runners=runners, pools=FOUR)
    actions = decided(snapshot, a_broker_state(*sessions))
    assert [dismiss.runner for dismiss in of(Dismiss, actions)] == expected


@pytest.mark.parametrize(
    ("ended", "pending", "removed"),
    [
        pytest.param(an_ended_runner(None), (), True, id="it left"),
        pytest.param(an_ended_runner("program"), (), False, id="it failed without work: it counts as a crash"),
        pytest.param(
            an_ended_runner("program"),
            (a_pending_result(a_lease(0), *folds_of(0.9)),),
            True,
            id="others do their work",
        ),
    ],
)
def test_ended_runners_are_removed(ended: Any, pending: Any, removed: bool) -> None:
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan(), runners=(ended,))
    stops = of(StopRunner, decided(snapshot, a_broker_state(pending_results=pending)))
    assert bool(stops) is removed


def test_a_runner_that_ended_with_work_is_removed_once_the_work_is_accounted() -> None:
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan(), runners=(an_ended_runner("program"),))
    actions = decided(snapshot, a_broker_state(leases=(a_lease(0),)))
    kinds = [type(action) for action in actions]
    assert kinds.index(WriteTrialStatus) < kinds.index(DropLease) < kinds.index(StopRunner)


def test_runners_that_crash_repeatedly_end_the_experiment_with_a_message() -> None:
    crashed = tuple(an_ended_runner("program", f"r{index}") for index in range(3))
    actions = decided(a_snapshot(runners=crashed), a_broker_state())
    status = of(WriteExperimentStatus, actions)[-1].status
    failed = next(condition for condition in status.conditions if condition.type == "Failed")
    assert (failed.reason, "last words" in failed.message) == ("RunnersFailed", True)
    assert not of(StartRunner, actions)
    assert len(of(StopRunner, actions)) == 3


def test_a_runner_that_is_silent_for_long_is_stopped() -> None:
    actions = decided(a_snapshot(plan=a_plan()), a_broker_state(a_session(free=0, last_heartbeat=NOW - 61)))
    assert [stop.name for stop in of(StopRunner, actions)] == ["runner-r0"]


@pytest.mark.parametrize("state", ["Complete", "Failed"])
def test_at_the_end_nobody_is_left_behind(state: State) -> None:
    experiment = an_experiment(ExperimentStatus(state=state, observed_generation=1))
    snapshot = a_snapshot(experiment, plan=a_plan(), model=a_model(), runners=(a_runner(), an_ended_runner(None, "r1")))
    broker = a_broker_state(a_session(), leases=(a_lease(),), suggestions=(a_suggestion(),))
    actions = decided(snapshot, broker)
    assert [dismiss.runner for dismiss in of(Dismiss, actions)] == ["r0"]
    assert len(of(StopRunner, actions)) == 2
    assert of(DropLease, actions)
    assert of(DropSuggestions, actions)
    assert not of(Grant, actions)


def test_while_suspended_finished_work_is_stored_and_the_runners_are_stopped() -> None:
    pending = a_pending_result(a_lease(0, (0,)), *folds_of(0.9))
    lease = a_lease(0, (1, 2), finished=folds_of(None, 0.8))
    snapshot = a_snapshot(an_experiment(suspend=True), trials=(a_trial(0),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), pending_results=(pending,), leases=(lease,)))
    (write,) = of(WriteTrialStatus, actions)
    assert (write.status.state, [fold.fold for fold in write.status.folds]) == ("Paused", [0, 1])
    assert write.status.attempts == 1
    assert of(StopRunner, actions)
    assert of(WriteExperimentStatus, actions)[-1].status.state == "Suspended"


def _full(at: float) -> ExperimentStatus:
    moment = datetime.fromtimestamp(at, UTC)
    full = Condition(type="StoreReady", status="False", reason="StoreFull", last_transition_time=moment)
    return ExperimentStatus(state="Suspended", conditions=(full,), observed_generation=1)


def test_a_full_store_stops_the_work_and_keeps_what_is_finished() -> None:
    failure = a_failure("resources", "StoreFull", "no space left")
    pending = a_pending_result(a_lease(0, (0, 1)), *folds_of(0.9), failure=failure)
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), pending_results=(pending,)))
    write = of(WriteTrialStatus, actions)[0]
    assert (write.status.state, len(write.status.folds), write.status.resource_failures) == ("Paused", 1, 0)
    status = of(WriteExperimentStatus, actions)[-1].status
    assert status.state == "Suspended"
    store = next(condition for condition in status.conditions if condition.type == "StoreReady")
    assert (store.status, store.reason) == ("False", "StoreFull")
    assert "Make room" in store.message
    assert of(StopRunner, actions)


@pytest.mark.parametrize(
    ("full_ago", "opened_ago", "expected"),
    [
        pytest.param(100.0, 200.0, "Suspended", id="the process that saw the full store waits"),
        pytest.param(301.0, 400.0, "Searching", id="for five minutes"),
        pytest.param(100.0, 50.0, "Searching", id="a new process tries at once"),
    ],
)
def test_a_store_that_was_full_is_tried_again(full_ago: float, opened_ago: float, expected: str) -> None:
    experiment = an_experiment(_full(NOW - full_ago))
    snapshot = a_snapshot(experiment, plan=a_plan(), runners=())
    decision = decide(snapshot, a_broker_state(opened_at=NOW - opened_ago), NOW)
    status = of(WriteExperimentStatus, decision.actions)[-1].status
    assert status.state == expected
    if expected == "Suspended":
        assert decision.requeue_after == pytest.approx(300 - full_ago, abs=0.1)


@pytest.mark.parametrize(
    ("snapshot", "broker", "expected"),
    [
        pytest.param(
            a_snapshot(an_experiment(ExperimentStatus(state="Complete", observed_generation=1)), runners=()),
            a_broker_state(),
            None,
            id="never again when it is complete",
        ),
        pytest.param(
            a_snapshot(trials=(a_trial(0),), plan=a_plan()),
            a_broker_state(a_session(free=0), leases=(a_lease(0, last_heartbeat=NOW - 25),)),
            5.0,
            id="when a lease is lost",
        ),
        pytest.param(
            a_snapshot(an_experiment(time="1m"), trials=(a_trial(0),), plan=a_plan()),
            a_broker_state(a_session(free=0), leases=(a_lease(0),), spent=51.0),
            4.0,
            id="when the search must end",
        ),
        pytest.param(
            a_snapshot(plan=a_plan(), runners=(a_runner("quiet"), a_runner())),
            a_broker_state(a_session(free=0), opened_at=NOW - 27, suggesting=4),
            3.0,
            id="when a quiet runner is not waited for any more",
        ),
    ],
)
def test_a_requeue_is_requested_when_time_alone_changes_the_decision(
    snapshot: Any, broker: Any, expected: float | None
) -> None:
    again = decide(snapshot, broker, NOW).requeue_after
    assert again == (None if expected is None else pytest.approx(expected, abs=0.1))
