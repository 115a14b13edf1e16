"""Failures on a cluster: how they are reported, and which attempts are charged."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from automl_api.kinds import TRIALS
from builders.applied import Applied, state_of
from builders.several_pools import (
    ABSENT_CLASS,
    ABSENT_IMAGE,
    LARGE,
    PLACE,
    PoolsInstallation,
    holder_of,
    kill_processes_of,
    message_of,
    quota,
    trial_of,
)
from builders.waiting import eventually

EVICTION_SECONDS = 300.0
"""A lost node is noticed after 8 s, its pods are given up 60 s later, and then the work is repeated."""
NARROW = {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}


# A lost runner


def test_the_work_of_a_deleted_runner_is_redone_elsewhere_without_charge(pools: PoolsInstallation) -> None:
    experiment = pools.apply("deleted", ("held",))
    first, before = pools.at_work(experiment), attempts_of(experiment)
    pools.kubectl("delete", "pod", first["metadata"]["name"], "--wait=false")
    pools.let_go(pools.at_work(experiment, besides=first["metadata"]["uid"]))
    assert_redone_without_charge(experiment, before)


def attempts_of(experiment: Applied) -> int:
    """Number of attempts of its one trial so far."""
    (trial,) = experiment.trials()
    return int(trial.get("status", {}).get("attempts") or 1)


def assert_redone_without_charge(experiment: Applied, before: int) -> None:
    """Check that it succeeds with one attempt more than before the loss, and no failure is counted."""
    status = experiment.completes()
    (trial,) = experiment.trials()
    assert (state_of(trial), attempts_of(experiment)) == ("Succeeded", before + 1)
    assert "failureClass" not in trial["status"], "a success keeps no earlier failure"
    assert (status["trials"]["total"], status["trials"]["failed"], status["trials"]["infeasible"]) == (1, 0, 0)


@dataclass(frozen=True)
class Lost:
    """A lost node on which two experiments worked: one's runner died with it, the other's survived."""

    dead: Applied
    dead_pod: dict[str, Any]
    dead_attempts: int
    zombie: Applied
    zombie_pod: dict[str, Any]
    zombie_attempts: int


@pytest.fixture
def lost(pools: PoolsInstallation) -> Iterator[Lost]:
    cluster = pools.cluster
    # Pods of others on this node would be lost too.
    node = cluster.add_node(reserved_for=PLACE)
    try:
        cluster.kubectl("label", "node", node.name, f"{PLACE}=away")
        dead, zombie = (pools.apply(name, ("held",), ("away",)) for name in ("dead", "zombie"))
        pods = pools.at_work(dead), pools.at_work(zombie)
        # On a busy machine a lease may have expired already, so the attempts are counted from here.
        lost = Lost(dead, pods[0], attempts_of(dead), zombie, pods[1], attempts_of(zombie))
        # The node on which the work is redone.
        cluster.kubectl("label", "node", "node-1", f"{PLACE}=away")
        node.kill(leave_containers=True)
        kill_processes_of(pools, lost.dead_pod, node.place.cgroup)
        yield lost
    finally:
        cluster.kubectl("label", "node", "node-1", f"{PLACE}-")
        cluster.remove_node(node)
        pools.kubectl("delete", "amlexp", "dead", "zombie", "--ignore-not-found")
        pools.kubectl("delete", "pods", "--field-selector", f"spec.nodeName={node.name}", "--grace-period=0", "--force")


def test_the_work_of_a_lost_node_is_redone_elsewhere_and_a_result_of_its_zombie_is_refused(
    pools: PoolsInstallation, lost: Lost
) -> None:
    pools.let_go(pools.at_work(lost.dead, besides=lost.dead_pod["metadata"]["uid"], seconds=EVICTION_SECONDS))
    assert_redone_without_charge(lost.dead, lost.dead_attempts)

    successor = pools.at_work(lost.zombie, besides=lost.zombie_pod["metadata"]["uid"], seconds=EVICTION_SECONDS)
    before = _results_refused(pools)
    pools.let_go(lost.zombie_pod)
    eventually("the zombie's result is refused", lambda: _results_refused(pools) > before)
    (trial,) = lost.zombie.trials()
    assert (state_of(trial), trial["status"].get("folds", []), holder_of(trial)) == (
        "Running",
        [],
        successor["metadata"]["uid"],
    )
    pools.let_go(successor)
    assert_redone_without_charge(lost.zombie, lost.zombie_attempts)


def _results_refused(pools: PoolsInstallation) -> float:
    return pools.metric("automl_broker_calls_total", path="/v1/result", code="401")


# Memory


@pytest.fixture(scope="module")
def hungry(pools: PoolsInstallation) -> Iterator[Applied]:
    """An experiment on two pools with two learners that take more memory than either pool has.

    The larger pool has no node before both learners have failed in the smaller one.
    """
    learners = ("linear", "hoarder", "overreaching")
    budget = {"time": "10m", "trials": 3}
    experiment = pools.apply("hungry", learners, ("small", "large"), budget=budget)
    eventually("both have failed once", lambda: _failures_for_memory(experiment) == [1, 1], 240)
    pools.cluster.kubectl("label", "node", "node-1", f"{LARGE}=true")
    try:
        experiment.completes(240)
        yield experiment
    finally:
        pools.cluster.kubectl("label", "node", "node-1", f"{LARGE}-")


def _failures_for_memory(experiment: Applied) -> list[int]:
    """Number of memory failures of each trial that has any."""
    failures = (int(trial.get("status", {}).get("resourceFailures") or 0) for trial in experiment.trials())
    return [count for count in failures if count]


@pytest.mark.parametrize(
    ("learner", "reason", "words"),
    [
        pytest.param("hoarder", "OutOfMemory", "this was its largest process", id="the agent's guard ends its child"),
        pytest.param("overreaching", "OOMKilled", "more than its memory limit, 900Mi", id="the kernel ends the agent"),
    ],
)
def test_a_trial_that_runs_out_of_memory_is_tried_with_more_and_then_infeasible(
    pools: PoolsInstallation, hungry: Applied, learner: str, reason: str, words: str
) -> None:
    trial = trial_of(hungry, learner)
    status = trial["status"]
    assert (status["state"], status["failureClass"], status["reason"]) == ("Infeasible", "resources", reason)
    assert words in status["message"]
    assert status["resourceFailures"] == 2
    assert pools.pools_of(trial) == ["small", "large"]
    assert state_of(trial_of(hungry, "linear")) == "Succeeded"


# Things that the cluster does not have or refuses


def test_an_image_that_cannot_be_pulled_is_reported_in_the_kubelets_words(pools: PoolsInstallation) -> None:
    experiment = pools.apply("unpulled", pools=("absent",))
    words = message_of(experiment, "RunnersReady", "ImagePullBackOff")
    assert words.startswith("absent: ImagePullBackOff: ")
    assert ABSENT_IMAGE in words
    experiment.kubectl("delete", "amlexp", experiment.name)


def test_a_full_quota_is_waited_for(pools: PoolsInstallation) -> None:
    pools.kubectl("apply", "--filename=-", text=quota(0))
    try:
        experiment = pools.apply("crowded")
        words = message_of(experiment, "RunnersReady", "QuotaExceeded")
        assert re.search(r"exceeded quota: full, requested: pods=1, used: pods=\d+, limited: pods=0", words)
        assert experiment.state() == "Pending"
        pools.kubectl("apply", "--filename=-", text=quota(100))
        experiment.completes()
    finally:
        pools.kubectl("delete", "resourcequota", "full")


def test_a_full_quota_of_trials_is_waited_for_without_a_runner(pools: PoolsInstallation) -> None:
    of = f"count/{TRIALS.plural}.{TRIALS.group}"
    pools.kubectl("apply", "--filename=-", text=quota(0, of))
    try:
        experiment = pools.apply("untried")
        assert f"exceeded quota: full, requested: {of}=1" in message_of(experiment, "ObjectsReady", "QuotaExceeded")
        assert experiment.state() == "Searching"
        eventually("its idle runner leaves", lambda: not experiment.children("pods"))
        pools.kubectl("apply", "--filename=-", text=quota(100, of))
        experiment.completes()
    finally:
        pools.kubectl("delete", "resourcequota", "full")


@pytest.mark.parametrize(
    ("pool", "limit_range", "words"),
    [
        pytest.param("unconfined", None, 'violates PodSecurity "restricted:latest"', id="Pod Security"),
        pytest.param("cpu", NARROW, "maximum memory usage per Container is 64Mi", id="a LimitRange"),
    ],
)
def test_a_refusal_of_admission_ends_the_experiment_with_the_servers_message(
    pools: PoolsInstallation, pool: str, limit_range: dict[str, Any] | None, words: str
) -> None:
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "narrow"}, "spec": limit_range}
    if limit_range:
        pools.kubectl("apply", "--filename=-", text=json.dumps(limits))
    try:
        experiment = pools.apply(f"refused-{pool}", pools=(pool,))
        assert words in message_of(experiment, "Failed", "PodRefused")
        assert experiment.state() == "Failed"
        eventually("nothing of it runs", lambda: not experiment.children("jobs", "pods"))
    finally:
        if limit_range:
            pools.kubectl("delete", "limitrange", "narrow")


# The store


def test_a_missing_secret_is_reported_with_the_command_that_creates_it(pools: PoolsInstallation) -> None:
    experiment = pools.apply("unauthorised", store=pools.store("unauthorised", secret="later"))
    words = message_of(experiment, "StoreReady", "CredentialsMissing")
    assert words.startswith("The Secret later is missing. Create it: kubectl create secret generic later ")
    command = shlex.split(words.partition("Create it: kubectl ")[2])
    for key, value in pools.s3.credentials().items():
        command[command.index(f"--from-literal={key}=...")] = f"--from-literal={key}={value}"
    pools.cluster.kubectl(*command)
    experiment.completes()
    assert experiment.condition("StoreReady")["status"] == "True"


def test_a_claim_without_a_storage_class_is_reported_after_a_minute(
    pools: PoolsInstallation, unserved: Applied
) -> None:
    words = message_of(unserved, "StoreReady", "StorePending", 120)
    assert words.startswith("The volume claim unserved-store has had no volume for more than 60 s: ")
    assert f'"{ABSENT_CLASS}" not found' in words


@pytest.fixture(scope="module", autouse=True)
def unserved(pools: PoolsInstallation) -> Applied:
    """An experiment that is applied first, so that its minute passes during the other tests."""
    return pools.apply("unserved", data={"uri": "example:adult"}, target="class", store={})


def test_two_pools_do_not_share_a_read_write_once_claim(pools: PoolsInstallation) -> None:
    experiment = pools.apply("unshared", pools=("cpu", "large"), store={})
    words = message_of(experiment, "StoreReady", "StoreNotShared")
    assert "there is more than one pool (cpu, large)" in words
    assert not experiment.children("jobs")
    experiment.kubectl("delete", "amlexp", experiment.name)
