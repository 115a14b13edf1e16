"""Pools: accelerators for learners that need them, a pool without nodes, and a pool with one assignment per pod."""

import re
from collections.abc import Iterator

import pytest

from builders.applied import state_of
from builders.several_pools import GPU, PoolsInstallation, holder_of, message_of
from cluster import Cluster

FINISHED = "automl_assignments_finished_total"


@pytest.fixture
def gpus(cluster: Cluster) -> Iterator[None]:
    cluster.patch_capacity("node-1", GPU, 2)
    yield
    cluster.patch_capacity("node-1", GPU, 0)


@pytest.mark.usefixtures("gpus")
def test_only_a_learner_that_needs_a_gpu_runs_on_one(pools: PoolsInstallation) -> None:
    budget = {"time": "10m", "trials": 6}
    experiment = pools.apply("on-gpu", ("linear", "on_gpu"), ("cpu", "gpu"), budget=budget, parallelism=2)
    experiment.completes()
    trials = experiment.trials()
    landed = {(trial["spec"]["configuration"]["learner"], pool) for trial in trials for pool in pools.pools_of(trial)}
    assert landed == {("linear", "cpu"), ("on_gpu", "gpu")}
    assert {state_of(trial) for trial in trials} <= {"Succeeded", "Stopped"}


def test_a_pool_without_nodes_is_reported_while_others_go_on_and_left_out_at_its_timeout(
    pools: PoolsInstallation,
) -> None:
    budget = {"time": "10m", "trials": 6}
    experiment = pools.apply("on-tpu", ("linear", "on_tpu"), ("cpu", "tpu"), budget=budget, parallelism=2)
    words = message_of(experiment, "RunnersReady", "Unschedulable", about="tpu: ")
    assert re.search(r"tpu: Unschedulable: 0/\d+ nodes are available: .*node affinity/selector", words)
    experiment.finished(trials=2)
    left_out = message_of(experiment, "LearnersReady", "LeftOut", 90)
    assert "on_tpu is left out: no runner of the pool tpu has started within 20 s (Unschedulable: " in left_out
    status = experiment.completes()
    assert status["best"]["learner"] == "linear"
    assert status["trials"]["succeeded"] >= 2


def test_in_an_isolated_pool_every_assignment_has_a_pod_of_its_own(pools: PoolsInstallation) -> None:
    before = pools.metric(FINISHED)
    experiment = pools.apply("alone", pools=("isolated",), budget={"time": "10m", "trials": 2})
    experiment.completes()
    finished = pools.metric(FINISHED) - before
    assert finished >= 4, "prepare, two fits and finalize"
    pods = [name for name in pools.pods_ever().values() if name.startswith(f"{experiment.name}-")]
    assert len(pods) >= finished
    assert len({holder_of(trial) for trial in experiment.trials()}) == 2
