"""Working runners go on, whatever happens to runners that do not start, are lost or are refused."""

from dataclasses import replace
from typing import Any

import pytest

from automl_api.resources import Condition
from automl_api.resources.trial import FailureClass
from automl_operator.decisions import decide
from automl_operator.decisions.facts.pending_runners import REFUSED_SECONDS
from automl_operator.decisions.lifecycle.status import current_status
from automl_operator.decisions.state.actions import Dismiss, Grant, StartRunner, StopRunner, WriteExperimentStatus
from automl_operator.decisions.state.broker_state import HeldWrite
from automl_operator.decisions.state.snapshot import Ending, ExperimentRefusal, RunnerState
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_lease,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    an_ended_runner,
    decided,
    of,
)
from builders.experiments import a_plan, a_trial, an_experiment

TIMEOUT = 900.0
POOL = a_pool("cpu", slots=1, max_runners=4, scale_up_timeout_seconds=TIMEOUT)
SUCCEEDED = a_trial(0, 0.9, 0.9, 0.9, 0.9, 0.9, state="Succeeded")
REFUSED = a_runner("r1", "ended", ending=Ending("program", "PodRefused", 'violates PodSecurity "restricted"'))
NO_POOL = ExperimentRefusal("NoSuchPool", "spec.pools names gone, and there is no such pool")


def overdue(uid: str = "late") -> RunnerState:
    return replace(a_runner(uid, "pending"), problem="Unschedulable", message="0/1 nodes", pending_since=NOW - TIMEOUT)


def the_state(snapshot: Any, broker: Any = None) -> str:
    return current_status(a_context(snapshot, broker)).state


def runners_ready(snapshot: Any, broker: Any, now: float = NOW) -> Condition | None:
    conditions = current_status(a_context(snapshot, broker, now)).conditions
    return next((condition for condition in conditions if condition.type == "RunnersReady"), None)


def test_a_runner_that_does_not_start_takes_no_work_from_a_pool_where_others_run() -> None:
    snapshot = a_snapshot(plan=a_plan(), runners=(a_runner(), overdue()), pools=(POOL,))
    status = current_status(a_context(snapshot, a_broker_state(a_session())))
    assert status.state == "Searching"
    assert not [condition for condition in status.conditions if condition.type in ("Searched", "LearnersReady")]


@pytest.mark.parametrize("count", [1, 9, 10, 30])
def test_runners_lost_with_work_are_removed_and_do_not_count_as_crashes(count: int) -> None:
    trials = (SUCCEEDED, *(a_trial(index) for index in range(1, count + 1)))
    runners = tuple(an_ended_runner("infrastructure", f"r{index}") for index in range(count))
    leases = tuple(a_lease(index + 1, runner=runner.uid) for index, runner in enumerate(runners))
    snapshot = a_snapshot(plan=a_plan(), trials=trials, runners=runners, pools=(replace(POOL, max_runners=count),))
    actions = decided(snapshot, a_broker_state(leases=leases))
    assert {action.name for action in of(StopRunner, actions)} == {runner.name for runner in runners}
    assert {action.status.state for action in of(WriteExperimentStatus, actions)} <= {"Searching"}
    assert of(StartRunner, actions)


@pytest.mark.parametrize(
    ("failure_class", "stays"),
    [
        pytest.param("infrastructure", False, id="a runner that was lost idle does not count either"),
        pytest.param("program", True, id="a runner that crashed counts, so that starts do not repeat for ever"),
    ],
)
def test_idle_losses_and_crashes_while_another_runner_works(failure_class: FailureClass, stays: bool) -> None:
    ended = an_ended_runner(failure_class, "r1")
    snapshot = a_snapshot(plan=a_plan(), trials=(a_trial(0),), runners=(a_runner(), ended), pools=(POOL,))
    stopped = of(StopRunner, decided(snapshot, a_broker_state(a_session(free=0), leases=(a_lease(0),))))
    assert [action.name for action in stopped] == ([] if stays else [ended.name])


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        pytest.param({"plan": None, "pools": (POOL,)}, "Failed", id="before anything was done"),
        pytest.param({"plan": a_plan(), "pools": (POOL,)}, "Searching", id="where a pool is left"),
        pytest.param({"plan": a_plan(), "pools": ()}, "Failed", id="where none is left"),
    ],
)
def test_a_removed_pool_ends_no_work_that_can_go_on(fields: dict[str, Any], state: str) -> None:
    assert the_state(a_snapshot(refusal=NO_POOL, **fields)) == state


def test_a_removed_pool_is_waited_for_if_there_are_finished_trials() -> None:
    snapshot = a_snapshot(refusal=NO_POOL, plan=a_plan(), pools=(), runners=(), trials=(SUCCEEDED,))
    assert the_state(snapshot, a_broker_state()) != "Failed"
    found = runners_ready(snapshot, a_broker_state())
    assert found is not None
    assert (found.status, found.reason, found.message) == ("False", NO_POOL.reason, NO_POOL.message)


def test_a_refused_runner_is_waited_for_and_replaced_if_there_are_finished_trials() -> None:
    refused = replace(REFUSED, pending_since=NOW)
    snapshot = a_snapshot(plan=a_plan(), runners=(refused,), trials=(SUCCEEDED,), pools=(POOL,))
    assert the_state(snapshot, a_broker_state()) == "Searching"
    decision = decide(snapshot, a_broker_state(), NOW)
    assert not of(StopRunner, decision.actions)
    later = decided(snapshot, a_broker_state(), NOW + REFUSED_SECONDS)
    assert [action.name for action in of(StopRunner, later)] == [refused.name]
    assert of(StartRunner, later)
    again = decide(snapshot, a_broker_state(status_written_at=NOW), NOW + 100).requeue_after
    assert again is not None
    assert again <= REFUSED_SECONDS - 100 + 0.01


def test_a_pools_problem_is_reported_until_a_runner_has_started() -> None:
    snapshot = a_snapshot(plan=a_plan(), runners=(), pools=(POOL,))
    held = HeldWrite("runner", "QuotaExceeded", "exceeded quota: pods", until=NOW + 8, pool="cpu")
    status = current_status(a_context(snapshot, a_broker_state(held_writes=(held,))))
    coming = replace(snapshot, experiment=an_experiment(status), runners=(a_runner("r1", "pending"),))
    found = runners_ready(coming, a_broker_state())
    assert found is not None
    assert (found.status, found.reason) == ("False", "QuotaExceeded")
    started = runners_ready(replace(coming, runners=(a_runner("r1"),)), a_broker_state())
    assert started is not None
    assert started.status == "True"


def test_a_refused_runner_ends_nothing_while_others_work_and_is_not_replaced() -> None:
    snapshot = a_snapshot(plan=a_plan(), trials=(a_trial(0),), runners=(a_runner(), REFUSED), pools=(POOL,))
    broker = a_broker_state(a_session(free=0, slots=1), leases=(a_lease(0),))
    actions = decided(replace(snapshot, pools=(replace(POOL, max_runners=2),)), broker)
    assert not of(StopRunner, actions)
    assert not of(StartRunner, actions)
    found = runners_ready(snapshot, broker)
    assert found is not None
    assert (found.status, found.reason) == ("False", "PodRefused")
    assert "violates PodSecurity" in found.message
    assert the_state(snapshot, broker) == "Searching"
    assert the_state(replace(snapshot, runners=(REFUSED,))) == "Failed"


OTHER = a_pool("other", slots=1, scale_up_timeout_seconds=TIMEOUT)
WAITS = replace(a_runner("o", "pending", pool="other"), problem="Unschedulable", message="0/1", pending_since=NOW - 60)
DENIED = HeldWrite("runner", "Forbidden", "no Jobs on Fridays", until=NOW + 8, pool="cpu", refused=True)
BY_THE_CLUSTER: dict[str, Any] = {"runners": (REFUSED,)}
BY_A_POLICY: dict[str, Any] = {"held_writes": (DENIED,)}


@pytest.mark.parametrize("refused", [BY_THE_CLUSTER, BY_A_POLICY], ids=["by the cluster", "by a policy"])
@pytest.mark.parametrize(
    ("others", "pools", "state"),
    [
        pytest.param((), (POOL,), "Failed", id="there is no other pool"),
        pytest.param((), (POOL, OTHER), "Pending", id="another was not tried yet"),
        pytest.param((WAITS,), (POOL, OTHER), "Pending", id="another waits for its node"),
        pytest.param((replace(WAITS, pending_since=NOW - TIMEOUT),), (POOL, OTHER), "Failed", id="another is given up"),
        pytest.param((), (POOL, replace(OTHER, accelerator="gpu")), "Failed", id="another is for other work"),
    ],
)
def test_a_pool_that_is_refused_ends_nothing_while_another_may_start(
    refused: dict[str, Any], others: tuple[RunnerState, ...], pools: tuple[Any, ...], state: str
) -> None:
    snapshot = a_snapshot(runners=(*refused.get("runners", ()), *others), pools=pools)
    assert the_state(snapshot, a_broker_state(held_writes=refused.get("held_writes", ()))) == state


@pytest.mark.parametrize(
    ("reason", "leaves"),
    [pytest.param("QuotaExceeded", True, id="a full quota"), pytest.param("", False, id="an API server that is away")],
)
def test_a_runner_leaves_if_trials_are_denied_and_stays_if_the_server_is_away(reason: str, leaves: bool) -> None:
    snapshot = a_snapshot(plan=a_plan(), trials=(SUCCEEDED,), pools=(replace(POOL, idle_timeout_seconds=5.0),))
    held = HeldWrite("trial", reason, "no trial", until=NOW + 8)
    idle = replace(a_session(), idle_since=NOW - 60)
    assert bool(of(Dismiss, decided(snapshot, a_broker_state(idle, held_writes=(held,))))) is leaves


def test_a_stop_is_obeyed_even_while_suspended() -> None:
    experiment = an_experiment(suspend=True, stop=True)
    snapshot = a_snapshot(experiment, plan=a_plan(), trials=(SUCCEEDED,), pools=(POOL,))
    actions = decided(snapshot, a_broker_state(a_session()))
    assert [grant.assignment.kind for grant in of(Grant, actions)] == ["finalize"]


class TestAStartThatFailed:
    HELD = HeldWrite("runner", "QuotaExceeded", "exceeded quota: pods", until=NOW + 8, pool="cpu")

    def snapshot(self) -> Any:
        return a_snapshot(plan=a_plan(), runners=(), pools=(POOL,))

    def test_is_tried_again_when_its_time_has_come(self) -> None:
        broker = a_broker_state(held_writes=(self.HELD,))
        decision = decide(self.snapshot(), broker, NOW)
        assert not of(StartRunner, decision.actions)
        assert decision.requeue_after == pytest.approx(8.0, abs=0.01)
        assert of(StartRunner, decided(self.snapshot(), broker, NOW + 8))

    def test_holds_no_other_pool(self) -> None:
        snapshot = replace(self.snapshot(), pools=(POOL, a_pool("other", slots=1)))
        started = of(StartRunner, decided(snapshot, a_broker_state(held_writes=(self.HELD,))))
        assert {action.pool for action in started} == {"other"}

    @pytest.mark.parametrize("now", [NOW, NOW + 8, NOW + 60])
    def test_is_reported_until_one_has_succeeded(self, now: float) -> None:
        found = runners_ready(self.snapshot(), a_broker_state(held_writes=(self.HELD,)), now)
        assert found is not None
        assert (found.status, found.reason) == ("False", "QuotaExceeded")
        assert "exceeded quota" in found.message

    def test_is_no_longer_reported_when_no_start_is_tried_any_more(self) -> None:
        assert runners_ready(self.snapshot(), a_broker_state(held_writes=(self.HELD,)), NOW + 69) is None
