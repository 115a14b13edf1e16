"""Runners that do not start: the conditions that report them, and how long the experiment waits."""

from dataclasses import replace
from typing import Any

import pytest

from automl_api.resources import Condition
from automl_api.resources.plan import Needs
from automl_operator.decisions import decide
from automl_operator.decisions.lifecycle.conditions import GOES_ON
from automl_operator.decisions.lifecycle.status import current_status
from automl_operator.decisions.state.actions import StartRunner, Suggest, WriteExperimentStatus, WriteTrialStatus
from automl_operator.decisions.state.snapshot import Ending, ExperimentRefusal, RunnerState, StoreProblem
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    a_suggestion,
    decided,
    of,
)
from builders.experiments import a_learner, a_model, a_plan, a_trial, an_experiment

TIMEOUT = 900.0
TPU = "google.com/tpu"
TPU_POOL = a_pool("tpu", accelerator=TPU, slots=4, scale_up_timeout_seconds=TIMEOUT)
CPU_POOL = a_pool("cpu", slots=1, max_runners=4, scale_up_timeout_seconds=TIMEOUT)
ON_TPU = a_learner("network", needs=Needs(accelerator=TPU))


def a_stuck_runner(pool: str = "tpu", since: float = NOW, problem: str = "Unschedulable", **fields: Any) -> RunnerState:
    runner = replace(a_runner(f"stuck-{pool}", "pending", pool), problem=problem, pending_since=since)
    return replace(runner, **({"message": "0/1 nodes are available"} | fields))


def the_condition(type_: str, snapshot: Any, now: float = NOW) -> Condition | None:
    conditions = current_status(a_context(snapshot, now=now)).conditions
    return next((condition for condition in conditions if condition.type == type_), None)


def test_a_runner_that_does_not_start_is_reported_in_the_schedulers_words() -> None:
    found = the_condition("RunnersReady", a_snapshot(runners=(a_stuck_runner(),), pools=(TPU_POOL,)))
    assert found is not None
    assert (found.status, found.reason) == ("False", "Unschedulable")
    assert found.message == "tpu: Unschedulable: 0/1 nodes are available"


def test_the_message_about_a_stuck_runner_says_whether_others_work() -> None:
    found = the_condition("RunnersReady", a_snapshot(runners=(a_runner(), a_stuck_runner()), pools=(TPU_POOL,)))
    assert found is not None
    assert found.message == f"tpu: Unschedulable: 0/1 nodes are available. {GOES_ON}"


def test_the_condition_clears_when_no_runner_is_stuck_any_more() -> None:
    stuck = a_snapshot(runners=(a_stuck_runner(),), pools=(TPU_POOL,))
    experiment = stuck.experiment.replace(status=current_status(a_context(stuck)))
    found = the_condition("RunnersReady", replace(stuck, experiment=experiment, runners=(a_runner(),)))
    assert found is not None
    assert found.status == "True"


def test_an_experiment_that_has_ended_waits_for_no_runner() -> None:
    stuck = a_snapshot(plan=a_plan(), runners=(a_stuck_runner(),), pools=(TPU_POOL,))
    experiment = stuck.experiment.replace(status=current_status(a_context(stuck)))
    found = the_condition("RunnersReady", replace(stuck, experiment=experiment, model=a_model()))
    assert found is not None
    assert found.status == "True"


def test_runners_that_start_are_not_reported() -> None:
    assert the_condition("RunnersReady", a_snapshot()) is None


def test_a_reworded_scheduler_message_is_no_reason_to_write_at_once() -> None:
    snapshot = a_snapshot(runners=(a_stuck_runner(),), pools=(TPU_POOL,))
    snapshot = replace(snapshot, experiment=snapshot.experiment.replace(status=current_status(a_context(snapshot))))
    later = replace(snapshot, runners=(a_stuck_runner(message="0/2 nodes are available"),))
    assert not of(WriteExperimentStatus, decided(later, a_broker_state()))
    assert of(WriteExperimentStatus, decided(later, a_broker_state(status_written_at=NOW - 60)))


def test_a_pool_that_does_not_start_keeps_no_other_from_working() -> None:
    plan = a_plan(learners=(a_learner(), ON_TPU))
    snapshot = a_snapshot(plan=plan, runners=(a_stuck_runner(),), pools=(CPU_POOL, TPU_POOL))
    started = of(StartRunner, decided(snapshot, a_broker_state()))
    assert [action.pool for action in started] == ["cpu"] * 4


@pytest.mark.parametrize(
    ("runners", "asked"),
    [
        pytest.param(
            (a_runner(), a_stuck_runner()), [(["linear"], 4)], id="a suggestion that waits for it keeps no slot"
        ),
        pytest.param((a_runner(), a_runner("t", pool="tpu")), [], id="once it has started all of them are for both"),
        pytest.param(
            (a_stuck_runner(), a_stuck_runner("cpu")), [], id="no suggestions are requested if nothing starts"
        ),
    ],
)
def test_while_a_pool_does_not_start_suggestions_are_requested_for_the_others(runners: Any, asked: list[Any]) -> None:
    snapshot = a_snapshot(plan=a_plan(learners=(a_learner(), ON_TPU)), runners=runners, pools=(CPU_POOL, TPU_POOL))
    waiting = tuple(a_suggestion(index, "network") for index in range(4))
    asks = of(Suggest, decided(snapshot, a_broker_state(a_session(free=0), suggestions=waiting)))
    assert [([learner.name for learner in ask.request.learners], ask.request.count) for ask in asks] == asked


def test_a_pool_that_does_not_start_starts_no_more_of_its_own() -> None:
    snapshot = a_snapshot(plan=a_plan(), runners=(a_stuck_runner("cpu"),), pools=(replace(CPU_POOL, slots=4),))
    assert not of(StartRunner, decided(snapshot, a_broker_state()))


def test_a_learner_whose_pool_did_not_start_in_time_is_left_out_and_its_trials_end() -> None:
    plan = a_plan(learners=(a_learner(), ON_TPU))
    waiting = a_trial(0, state="Paused", learner="network")
    snapshot = a_snapshot(
        plan=plan,
        trials=(waiting,),
        runners=(a_runner(), a_stuck_runner(since=NOW - TIMEOUT)),
        pools=(CPU_POOL, TPU_POOL),
    )
    ended = of(WriteTrialStatus, decided(snapshot, a_broker_state(a_session())))
    assert [(action.status.state, action.status.reason) for action in ended] == [("Infeasible", "NoRunner")]
    found = the_condition("LearnersReady", snapshot)
    assert found is not None
    assert "tpu" in found.message
    assert "0/1 nodes are available" in found.message


@pytest.mark.parametrize(
    ("since", "state"),
    [
        pytest.param(NOW - TIMEOUT + 1, "Pending", id="not yet"),
        pytest.param(NOW - TIMEOUT, "Failed", id="at the timeout"),
    ],
)
def test_an_experiment_without_any_runner_fails_at_the_timeout(since: float, state: str) -> None:
    snapshot = a_snapshot(runners=(a_stuck_runner("cpu", since),), pools=(CPU_POOL,))
    assert current_status(a_context(snapshot)).state == state


def test_the_next_decision_is_due_at_the_timeout() -> None:
    snapshot = a_snapshot(runners=(a_stuck_runner("cpu", NOW - TIMEOUT + 5),), pools=(CPU_POOL,))
    experiment = snapshot.experiment.replace(status=current_status(a_context(snapshot)))
    assert decide(replace(snapshot, experiment=experiment), a_broker_state(), NOW).requeue_after == pytest.approx(
        5.0, abs=0.01
    )


def test_a_runner_that_starts_late_brings_its_pool_back() -> None:
    snapshot = a_snapshot(plan=a_plan(learners=(ON_TPU,)), runners=(a_runner("t", pool="tpu"),), pools=(TPU_POOL,))
    assert the_condition("LearnersReady", snapshot) is None


def test_a_runner_that_the_cluster_refuses_ends_the_experiment_with_the_servers_message() -> None:
    refused = a_runner("r1", "ended", ending=Ending("program", "PodRefused", 'violates PodSecurity "restricted"'))
    status = current_status(a_context(a_snapshot(runners=(refused,))))
    failed = next(condition for condition in status.conditions if condition.type == "Failed")
    assert (status.state, failed.reason) == ("Failed", "PodRefused")
    assert "violates PodSecurity" in failed.message


def test_an_experiment_that_the_world_cannot_serve_fails_with_the_reason() -> None:
    refusal = ExperimentRefusal("NotReachable", "file: addresses are for one machine; use automl apply --data")
    status = current_status(a_context(a_snapshot(refusal=refusal)))
    failed = next(condition for condition in status.conditions if condition.type == "Failed")
    assert (status.state, failed.reason, failed.message) == ("Failed", refusal.reason, refusal.message)


@pytest.mark.parametrize(
    ("problem", "started"),
    [
        pytest.param(StoreProblem("CredentialsMissing", "create the Secret"), 1, id="waited for by a runner"),
        pytest.param(StoreProblem("StoreNotShared", "name a store", blocks=True), 0, id="nothing is started before"),
    ],
)
def test_a_problem_of_the_store_is_reported(problem: StoreProblem, started: int) -> None:
    snapshot = a_snapshot(runners=(), pools=(CPU_POOL,), store_problem=problem)
    assert len(of(StartRunner, decided(snapshot, a_broker_state()))) == started
    found = the_condition("StoreReady", snapshot)
    assert found is not None
    assert (found.status, found.reason, found.message) == ("False", problem.reason, problem.message)


def test_a_repaired_store_is_ready() -> None:
    snapshot = a_snapshot(store_problem=StoreProblem("CredentialsMissing", "create the Secret"))
    experiment = snapshot.experiment.replace(status=current_status(a_context(snapshot)))
    found = the_condition("StoreReady", replace(snapshot, experiment=experiment, store_problem=None))
    assert found is not None
    assert found.status == "True"


def test_images_are_resolved_once() -> None:
    first = a_snapshot(pools=(replace(CPU_POOL, image="runner:1"),))
    status = current_status(a_context(first))
    assert status.images == {"cpu": "runner:1"}
    upgraded = a_snapshot(an_experiment(status), pools=(replace(CPU_POOL, image="runner:2"),))
    assert current_status(a_context(upgraded)).images == {"cpu": "runner:1"}
