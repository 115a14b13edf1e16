"""Two operators and one Lease: whatever happens to the leader, the other takes over, and never do both lead."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.applied import LONG, Applied, number_succeeded
from builders.installation import Installation
from builders.invariants import check_claims, check_completed, check_fitted_once, check_nothing_is_written, store_of
from builders.leading import Operators, restarts
from builders.pod_processes import frozen, operator_process
from builders.runner_logs import runner_logs
from builders.scoped_release import scoped_release
from builders.waiting import eventually
from cluster import Cluster

SMALL = {"time": "10m", "trials": 8}
FROZEN_SECONDS = 40
WAIT_SECONDS = 180
ON_ITS_WAY = timedelta(seconds=1)
"""Time in which a call that was sent before the process was stopped may still arrive."""


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[tuple[Installation, str]]:
    """Two operators for these tests only."""
    with scoped_release(cluster, "t2-takeover", replicas=2) as release:
        yield release


@pytest.fixture(scope="module")
def over() -> list[Applied]:
    """The experiments that tests of this file have completed, for the last test."""
    return []


def test_a_leader_that_was_frozen_for_40_seconds_ends_without_a_write(
    cluster: Cluster, release: tuple[Installation, str], over: list[Applied], tmp_path: Path
) -> None:
    installation, namespace = release
    operators = Operators(installation)
    with runner_logs(cluster, namespace, tmp_path / "logs") as logs:
        applied = Applied(cluster, namespace, "frozen", budget=SMALL, evaluation={"folds": 2})
        succeeded = number_succeeded(applied.finished(1))
        leader = operators.leader()
        name, process = leader["metadata"]["name"], operator_process(leader)
        assert process is not None
        with frozen(process):
            since, begun = datetime.now(UTC) + ON_ITS_WAY, time.monotonic()
            eventually("the other leads", lambda: operators.name() not in ("", name), FROZEN_SECONDS)
            eventually("40 s have gone by", lambda: time.monotonic() > begun + FROZEN_SECONDS)
            assert process.running, "the liveness probe allows a longer freeze"
        eventually("its process ends", lambda: not process.running, 15)
        eventually("it stands by", lambda: operators.stands_by(name, since_restart=restarts(leader)))
        applied.finished(succeeded + 1)
        applied.completes(WAIT_SECONDS)
        check_completed(installation, applied, logs.texts())
        assert len(logs.texts()) == 1, "the runner has found the new leader"
    assert operators.writes(name, datetime.min.replace(tzinfo=UTC)), "the audit log names the writing pod"
    assert operators.writes(name, since) == []
    check_fitted_once(store_of(cluster, applied))
    over.append(applied)


def test_a_leader_ends_within_5_seconds_of_sigterm_and_the_next_goes_on(
    cluster: Cluster, release: tuple[Installation, str]
) -> None:
    installation, namespace = release
    operators, applied = Operators(installation), Applied(cluster, namespace, "ended", budget=LONG)
    succeeded, runner = number_succeeded(applied.finished(1)), applied.runner()
    process, identity = operator_process(operators.leader()), operators.identity()
    assert process is not None
    process.send(signal.SIGTERM)
    eventually("it has ended", lambda: not process.running, 5)
    # A Lease that was not released lasts for 15 s. The same pod may restart before the other operator looks.
    eventually("another process leads", lambda: operators.identity() not in ("", identity), 10)
    applied.finished(succeeded + 1)
    assert applied.runner()["metadata"]["uid"] == runner["metadata"]["uid"]
    applied.stops()
    check_claims(installation, applied)
    check_fitted_once(store_of(cluster, applied))


def test_ended_experiments_are_not_written_any_more(release: tuple[Installation, str], over: list[Applied]) -> None:
    assert over, "the test before this one has completed an experiment"
    for applied in over:
        check_nothing_is_written(release[0], applied)
