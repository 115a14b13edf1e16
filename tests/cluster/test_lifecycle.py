"""Experiments that are suspended or deleted, and upgrades and removal of the operator.

All tests share one release and run in the order of this file: later tests use the long experiment of the first ones.
"""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from builders.applied import LONG, Applied, configurations, number_succeeded, state_of
from builders.installation import RUNNER_IMAGE, Installation
from builders.pod_processes import processes_in_pod
from builders.scoped_release import scoped_release
from builders.waiting import eventually
from cluster import Cluster

RELEASE = "t4life"
OPERATOR = f"{RELEASE}-automl-operator"
CERTIFICATE = f"{OPERATOR}-broker-tls"
DOOMED = f"{RELEASE}-doomed"
NEXT = "localhost/automl-runner:next"
COMPILERS = r"(^|-)(cc|gcc|g\+\+|c\+\+|clang|tcc|ld|as|rustc|go|javac)(-[0-9.]+)?$"
WORKING = ("jobs", "pods")
OWNED = (*WORKING, "amltrial", "amlplan")


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[tuple[Installation, str]]:
    with scoped_release(cluster, RELEASE, doomed=DOOMED) as release:
        yield release


@pytest.fixture(scope="module")
def installed(release: tuple[Installation, str]) -> Installation:
    return release[0]


@pytest.fixture(scope="module")
def complete(cluster: Cluster, release: tuple[Installation, str]) -> Applied:
    """An experiment that has ended, with its model in a claim."""
    experiment = Applied(cluster, release[1], "complete")
    experiment.completes()
    return experiment


@pytest.fixture(scope="module")
def long(cluster: Cluster, release: tuple[Installation, str], complete: Applied) -> Applied:
    """A long experiment that runs and has finished a trial."""
    experiment = Applied(cluster, release[1], "long", budget=LONG)
    experiment.finished(trials=1)
    return experiment


def test_helm_test_passes(installed: Installation, cluster: Cluster) -> None:
    output = cluster.helm("test", RELEASE, "--namespace", installed.namespace, "--timeout", "100s")
    assert "Phase:          Succeeded" in output


def test_there_is_no_compiler_in_either_image(installed: Installation, long: Applied) -> None:
    for pod in (*installed.operators(), long.runner()):
        process = next(found for found, command in processes_in_pod(pod).items() if "automl" in command)
        root = Path("/proc", str(process.pid), "root")
        assert (root / "opt/automl/bin").is_dir()
        programs = {file.name for folder in ("usr/bin", "usr/local/bin") for file in (root / folder).glob("*")}
        assert "python3" in programs
        assert not {name for name in programs if re.search(COMPILERS, name)}


# Upgrade


@pytest.fixture(scope="module")
def upgraded(installed: Installation, long: Applied) -> dict[str, Any]:
    """The state before an upgrade to another runner image, which the nodes do not have."""
    before = {
        "certificate": _certificate(installed),
        "operator": installed.operators()[0]["metadata"]["uid"],
        "runner": long.runner()["metadata"]["uid"],
        "trials": len(long.trials()),
    }
    installed.upgrade(runner={"image": {"tag": "next"}})
    return before


def _certificate(installed: Installation) -> dict[str, str]:
    secret = installed.cluster.get("secret", CERTIFICATE, namespace=installed.namespace)
    return dict(secret["data"])


def test_an_upgrade_keeps_the_certificate(installed: Installation, upgraded: dict[str, Any]) -> None:
    assert _certificate(installed) == upgraded["certificate"]


def test_a_running_experiment_keeps_its_runner_over_an_upgrade(
    installed: Installation, long: Applied, upgraded: dict[str, Any]
) -> None:
    (operator,) = installed.operators()
    assert operator["metadata"]["uid"] != upgraded["operator"]
    long.begins_another(trials=upgraded["trials"])
    assert long.runner()["metadata"]["uid"] == upgraded["runner"]
    assert long.status()["images"] == {"cpu": RUNNER_IMAGE}


def test_an_experiment_applied_after_an_upgrade_has_the_new_image(
    cluster: Cluster, release: tuple[Installation, str], upgraded: dict[str, Any]
) -> None:
    assert upgraded
    new = Applied(cluster, release[1], "new")
    (job,) = eventually("the new experiment has a runner", lambda: new.children("jobs"))
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == NEXT
    eventually("its status names the image", lambda: new.status().get("images") == {"cpu": NEXT})
    new.kubectl("delete", "amlexp", new.name)


# Suspend


def test_a_suspended_experiment_rests_and_then_continues(
    installed: Installation, long: Applied, upgraded: dict[str, Any]
) -> None:
    runner = long.runner()["metadata"]["uid"]
    long.patch(suspend=True)
    eventually("it is suspended", lambda: long.state() == "Suspended")
    eventually("its Jobs and pods are gone", lambda: not long.children(*WORKING))
    before, resting = {name(trial): trial for trial in long.trials()}, long.status()
    assert before
    assert not {state_of(trial) for trial in before.values()} & {"", "Running"}

    _decided_once_more(installed, long)
    assert _active_seconds(installed, long) == resting["activeSeconds"] == long.status()["activeSeconds"]
    assert long.children(*WORKING) == []

    long.patch(suspend=False)
    resumed = {name(trial): trial for trial in long.finished(trials=number_succeeded(before.values()) + 1)}
    for trial, was in before.items():
        assert resumed[trial]["spec"] == was["spec"]
        if state_of(was) == "Succeeded":
            assert resumed[trial]["status"] == was["status"]
    tried = [str(configuration) for configuration in configurations(list(resumed.values())).values()]
    assert len(set(tried)) == len(tried)
    (pod,) = long.children("pods")
    assert pod["metadata"]["uid"] != runner
    assert pod["spec"]["containers"][0]["image"] == RUNNER_IMAGE, "an experiment keeps its images even in new runners"
    assert upgraded


def name(item: dict[str, Any]) -> str:
    return str(item["metadata"]["name"])


def _active_seconds(installed: Installation, experiment: Applied) -> float:
    """The budget's clock, as the operator's last decision saw it."""
    (seconds,) = (
        sample.value
        for sample in installed.samples()
        if sample.name == "automl_experiment_active_seconds" and sample.labels["experiment"] == experiment.name
    )
    return seconds


def _decided_once_more(installed: Installation, experiment: Applied) -> None:
    """Annotate the experiment and wait until the operator has reconciled it."""

    def reconciles() -> float:
        return sum(s.value for s in installed.samples() if s.name == "automl_reconcile_total")

    seen = reconciles()
    experiment.kubectl("annotate", "amlexp", experiment.name, f"looked-at={time.time()}", "--overwrite")
    eventually("the operator has looked at it", lambda: reconciles() > seen)


# Removal of the operator


def test_experiments_outlive_the_operator(
    cluster: Cluster, installed: Installation, long: Applied, complete: Applied
) -> None:
    long.runner()
    trials, certificate = len(long.trials()), _certificate(installed)
    with installed.without_rights():  # Helm removes the roles before the pod is gone
        installed.uninstall()
    assert not cluster.get("deployments", namespace=installed.namespace)["items"]
    for kind in ("automlexperiments", "automlplans", "automltrials", "automlmodels"):
        cluster.kubectl("get", "crd", f"{kind}.automl-operator.dev")
    assert (long.read()["metadata"]["uid"], complete.read()["metadata"]["uid"]) == (long.uid, complete.uid)
    assert len(long.trials()) >= trials

    installed.values.pop("runner")
    installed.install()
    assert _certificate(installed) == certificate, "earlier runners trust no other certificate"
    long.begins_another(trials)


def test_a_stop_after_a_reinstallation_publishes_a_model(long: Applied) -> None:
    status = long.stops()
    (model,) = long.children("amlmodel")
    assert name(model) == status["model"]


# Deletion


def test_deleting_removes_everything_but_the_model_even_without_an_operator(
    cluster: Cluster, installed: Installation, release: tuple[Installation, str], complete: Applied, long: Applied
) -> None:
    running = {
        propagation: Applied(cluster, release[1], f"deleted-{propagation}", budget=LONG)
        for propagation in ("background", "foreground")
    }
    for experiment in running.values():
        experiment.begins_another()
    model, claim = _kept(complete)
    cluster.kubectl("scale", "deployment", OPERATOR, "--namespace", installed.namespace, "--replicas=0")
    eventually("the operator is gone", lambda: not installed.operators())

    for propagation, experiment in running.items():
        assert [kind for kind in OWNED if not experiment.children(kind)] == []
        experiment.kubectl("delete", "amlexp", experiment.name, f"--cascade={propagation}", "--timeout=100s")
    complete.kubectl("delete", "amlexp", complete.name)
    for experiment in (*running.values(), complete):
        eventually(f"nothing of {experiment.name} is left", partial(_is_without, experiment, OWNED))
        assert experiment.children("amlmodel") == ([model] if experiment is complete else [])

    assert _kept(complete) == (model, claim)
    assert long.children("amlmodel")
    cluster.kubectl("scale", "deployment", OPERATOR, "--namespace", installed.namespace, "--replicas=1")
    cluster.kubectl("rollout", "status", "deployment", OPERATOR, "--namespace", installed.namespace)


def _kept(experiment: Applied) -> tuple[dict[str, Any], str]:
    """The model, and the uid of the claim that holds it."""
    (model,) = experiment.children("amlmodel")
    (claim,) = experiment.children("persistentvolumeclaims")
    assert model["spec"]["uri"].startswith(f"pvc://{name(claim)}/")
    assert "deletionTimestamp" not in claim["metadata"]
    return model, str(claim["metadata"]["uid"])


def _is_without(experiment: Applied, kinds: Iterable[str]) -> bool:
    return not experiment.children(*kinds)


def test_a_namespace_deleted_during_a_run_is_no_longer_called(cluster: Cluster, installed: Installation) -> None:
    experiment = Applied(cluster, DOOMED, "doomed", budget=LONG)
    experiment.begins_another()
    cluster.kubectl("delete", "namespace", DOOMED, "--timeout=100s")
    (pod,) = installed.operators()
    assert sum(container["restartCount"] for container in pod["status"]["containerStatuses"]) == 0
    gone = time.time()
    survivor = Applied(cluster, f"{RELEASE}-work", "survivor")
    eventually("experiments elsewhere are served", lambda: survivor.children("amlplan"))
    seconds = time.time() - gone
    calls = [
        call
        for call in installed.calls()
        if f"/{DOOMED}/" in call["requestURI"]
        and datetime.fromisoformat(call["requestReceivedTimestamp"]).timestamp() > gone
    ]
    assert [call for call in calls if call["verb"] not in ("get", "list", "watch")] == []
    assert survivor.name in repr(installed.calls()), "the audit log has the operator's later calls"
    listed = [f"{call['verb']} {call['requestURI']}" for call in calls]
    assert len(calls) < 10 + 2 * seconds, f"{len(calls)} calls in {seconds:.0f} s: {listed}"
