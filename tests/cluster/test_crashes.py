"""The operator is killed or loses the API server: nothing is lost or done twice, and runners go on."""

import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from builders.applied import LONG, Applied
from builders.crashing import Victim
from builders.installation import Installation
from builders.invariants import (
    check_claims,
    check_completed,
    check_fitted_once,
    check_nothing_is_written,
    finished_folds,
    store_of,
)
from builders.pod_processes import child_processes, frozen, operator_process
from builders.runner_logs import runner_logs
from builders.scoped_release import scoped_release
from builders.waiting import eventually
from cluster import Cluster
from cluster.daemon import ProcessHandle

AT_WORK = ""
"""No failpoint: any time at which a child is training."""
LIFE = (
    "before:kube.create-job",
    "after:kube.create-job",
    "before:kube.create-plan",
    "before:kube.create-trial",
    "after:kube.create-trial",
    AT_WORK,
    "before:kube.write-trial-status",
    "after:kube.write-trial-status",
    "after:kube.write-experiment-status",
    "before:kube.create-model",
    "after:kube.create-model",
)
SMALL = {"time": "10m", "trials": 6}
NEVER = {"algorithm": "none"}
WAIT_SECONDS = 180


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[tuple[Installation, str]]:
    """An operator for these tests only."""
    with scoped_release(cluster, "t2-crashes") as release:
        yield release


@pytest.fixture(scope="module")
def over() -> list[Applied]:
    """The experiments that tests of this file have completed, for the last test."""
    return []


def test_an_experiment_whose_operator_is_killed_ten_times_finishes_and_nothing_is_done_twice(
    cluster: Cluster, release: tuple[Installation, str], over: list[Applied], tmp_path: Path
) -> None:
    installation, namespace = release
    victim = Victim(installation)
    victim.arm(LIFE[0])
    with runner_logs(cluster, namespace, tmp_path / "logs") as logs:
        applied = Applied(cluster, namespace, "killed", budget=SMALL, evaluation={"folds": 2}, earlyStopping=NEVER)
        for failpoint, following in zip(LIFE, [*LIFE[1:], AT_WORK], strict=True):
            if failpoint == AT_WORK:
                runner = applied.runner()
                eventually("a child is at work", partial(child_processes, runner), WAIT_SECONDS)
                victim.kill()
            eventually(f"it dies at {failpoint or 'work'}", victim.has_died, WAIT_SECONDS)
            died = victim.died_at()
            victim.arm(following)
        completed = datetime.fromisoformat(applied.completes(WAIT_SECONDS)["completedAt"])
        # The model existed before the last kill, so only the operator's own work remains.
        assert (completed - died).total_seconds() <= 60, "I8"
        check_completed(installation, applied, logs.texts())
        assert len(logs.texts()) == 1, "one runner has done all the work"
    assert {trial["status"]["state"] for trial in applied.trials()} == {"Succeeded"}
    check_fitted_once(store_of(cluster, applied))
    over.append(applied)


def test_a_runner_is_adopted_with_its_child_and_the_clock_loses_15_seconds_at_most(
    cluster: Cluster, release: tuple[Installation, str], over: list[Applied]
) -> None:
    installation, namespace = release
    victim, applied = Victim(installation), Applied(cluster, namespace, "adopted", budget=LONG)
    runner, child = _at_work(applied)
    with frozen(child):
        # The second write is due when the first has its greatest age.
        victim.arm("before:kube.write-experiment-status@2")
        eventually("it dies before the second write of the status", victim.has_died, WAIT_SECONDS)
        stored, died = applied.status(), victim.died_at()
        assert (died - datetime.fromisoformat(stored["updatedAt"])).total_seconds() <= 15
        victim.arm(AT_WORK)
        eventually("the clock goes on", lambda: applied.status()["activeSeconds"] > stored["activeSeconds"])
        assert child.running
    applied.finished(1)
    assert applied.runner()["metadata"]["uid"] == runner["metadata"]["uid"]
    applied.stops()
    check_claims(installation, applied)
    check_fitted_once(store_of(cluster, applied))
    over.append(applied)


def test_an_operator_that_stands_still_for_40_seconds_gives_up_no_work(
    cluster: Cluster, release: tuple[Installation, str], over: list[Applied]
) -> None:
    installation, namespace = release
    pod, applied = Victim(installation).pod(), Applied(cluster, namespace, "still", budget=LONG)
    runner, child = _at_work(applied)
    operator = operator_process(pod)
    assert operator is not None
    with frozen(child):
        at_work, logged = len(applied.trials()), len(installation.log_lines())
        with frozen(operator):
            begun = time.monotonic()
            eventually("40 s have gone by", lambda: time.monotonic() > begun + 40)
        eventually("the operator has noticed", lambda: "stood still" in "".join(installation.log_lines()[logged:]))
    applied.finished(at_work)
    assert {trial["status"].get("attempts", 1) for trial in applied.trials() if "status" in trial} == {1}
    assert applied.runner()["metadata"]["uid"] == runner["metadata"]["uid"]
    assert _life(Victim(installation).pod()) == _life(pod), "the operator was not restarted"
    applied.stops()
    check_claims(installation, applied)
    check_fitted_once(store_of(cluster, applied))
    over.append(applied)


def test_ended_experiments_are_not_written_any_more(release: tuple[Installation, str], over: list[Applied]) -> None:
    assert over, "the tests before this one have completed experiments"
    for applied in over:
        check_nothing_is_written(release[0], applied)


@pytest.mark.alone
def test_an_api_server_that_is_away_for_20_seconds_stops_no_training(
    cluster: Cluster, release: tuple[Installation, str]
) -> None:
    installation, namespace = release
    operator, applied = Victim(installation).pod(), Applied(cluster, namespace, "unheard", budget=LONG)
    runner, child = _at_work(applied)
    store, server = store_of(cluster, applied), cluster.component("kube-apiserver")
    with frozen(child):
        folds, gone_at = len(finished_folds(store)), time.monotonic()
        server.kill()
    with installation.without_rights():  # an API server that has just started has not read the roles yet
        try:
            eventually("a fold is finished meanwhile", lambda: len(finished_folds(store)) > folds)
            eventually("20 s have gone by", lambda: time.monotonic() > gone_at + 20)
        finally:
            server.start()
        applied.finished(1)
    assert applied.runner()["metadata"]["uid"] == runner["metadata"]["uid"]
    applied.stops()
    check_claims(installation, applied)
    check_fitted_once(store)
    after = Victim(installation).pod()
    assert _life(after) == _life(operator), "the operator was not restarted"


def _at_work(applied: Applied) -> tuple[dict[str, Any], ProcessHandle]:
    """The runner's pod, and the child that fits the first folds."""
    eventually("a trial has begun", applied.trials, WAIT_SECONDS)
    runner = applied.runner()
    return runner, eventually("a child is at work", lambda: child_processes(runner))[0]


def _life(pod: dict[str, Any]) -> tuple[str, int]:
    return pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]
