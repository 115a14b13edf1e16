"""The choice of the pool for a new runner: one that the work can use, and of these the cheapest."""

from typing import Any

import pytest

from automl_api.resources.plan import Needs
from automl_operator.decisions.state.actions import (
    Dismiss,
    StartRunner,
)
from builders.decisions import (
    NOW,
    a_broker_state,
    a_lease,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    a_suggestion,
    decided,
    of,
)
from builders.experiments import a_learner, a_plan, a_trial, an_experiment

GPU = a_pool("gpu", slots=1, max_runners=4, accelerator="gpu")
CPU = a_pool("cpu", slots=1, max_runners=1)
ON_GPU = a_plan(folds=1, learners=(a_learner("linear"), a_learner("network", needs=Needs(accelerator="gpu"))))


@pytest.mark.parametrize(
    ("pools", "waiting", "expected"),
    [
        pytest.param((GPU, CPU), [], ["cpu"], id="it is kept for learners that need it"),
        pytest.param((GPU,), [], ["gpu", "gpu", "gpu"], id="it is used for everything if there is no other pool"),
        pytest.param((GPU, CPU), ["network"], ["gpu", "cpu"], id="one runner is started for one trial that needs it"),
        pytest.param(
            (GPU, CPU), ["network"] * 2, ["gpu", "cpu", "gpu"], id="more runners are started for more such trials"
        ),
    ],
)
def test_an_accelerator_is_for_learners_that_need_it(pools: Any, waiting: list[str], expected: list[str]) -> None:
    suggestions = tuple(a_suggestion(index, learner) for index, learner in enumerate(waiting))
    snapshot = a_snapshot(an_experiment(parallelism=3), plan=ON_GPU, runners=(), pools=pools)
    assert [
        start.pool for start in of(StartRunner, decided(snapshot, a_broker_state(suggestions=suggestions)))
    ] == expected


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        pytest.param([], ["r1"], id="nothing needs it, but there is other work"),
        pytest.param(["network"], [], id="something waits for it, but has no slot yet"),
    ],
)
def test_an_idle_accelerator_is_kept_for_work_that_waits_for_it(waiting: list[str], expected: list[str]) -> None:
    runners = (a_runner("r0", pool="cpu"), a_runner("r1", pool="gpu"))
    idle = a_session("r1", free=1, slots=1, accelerator="gpu", idle_since=NOW - 31)
    suggestions = tuple(a_suggestion(index, learner) for index, learner in enumerate(waiting, start=1))
    experiment = an_experiment(trials=50, parallelism=1)
    trials = (a_trial(0, holder="r0"),)
    snapshot = a_snapshot(experiment, trials=trials, plan=ON_GPU, runners=runners, pools=(GPU, CPU))
    broker = a_broker_state(a_session("r0", free=0, slots=1), idle, leases=(a_lease(),), suggestions=suggestions)
    actions = decided(snapshot, broker)
    assert [dismissed.runner for dismissed in of(Dismiss, actions)] == expected


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        pytest.param({"a": 2.0, "b": 1.0, "c": 3.0}, ["b", "b", "a"], id="the cheapest first, as far as it goes"),
        pytest.param({"a": 0.0, "b": 0.0}, ["a", "a", "b"], id="the first of equal pools"),
    ],
)
def test_the_cheapest_suitable_pool_is_used_first(costs: dict[str, float], expected: list[str]) -> None:
    pools = tuple(a_pool(name, slots=1, max_runners=2, cost_per_hour=cost) for name, cost in costs.items())
    snapshot = a_snapshot(an_experiment(parallelism=3), plan=a_plan(), runners=(), pools=pools)
    assert [start.pool for start in of(StartRunner, decided(snapshot, a_broker_state()))] == expected


@pytest.mark.parametrize(
    ("parallelism", "expected"),
    [
        pytest.param(8, ["wide"], id="eight slots cost less in one runner"),
        pytest.param(1, ["narrow"], id="one slot in it would also pay for seven unused ones"),
    ],
)
def test_pools_are_compared_by_the_cost_of_a_slot(parallelism: int, expected: list[str]) -> None:
    pools = (a_pool("narrow", 1, 10, cost_per_hour=0.2), a_pool("wide", 8, 1, cost_per_hour=0.8))
    snapshot = a_snapshot(an_experiment(parallelism=parallelism), plan=a_plan(), runners=(), pools=pools)
    assert [start.pool for start in of(StartRunner, decided(snapshot, a_broker_state()))] == expected


def test_a_runner_with_more_memory_is_started_for_a_trial_that_ran_out_of_it() -> None:
    pools = (a_pool(memory_bytes=1), a_pool("large", memory_bytes=2))
    trials = (a_trial(0, state="Paused", resource_failures=1),)
    snapshot = a_snapshot(an_experiment(trials=1, parallelism=1), trials=trials, plan=a_plan(), pools=pools)
    actions = decided(snapshot, a_broker_state(a_session()))
    assert [start.pool for start in of(StartRunner, actions)] == ["large"]
