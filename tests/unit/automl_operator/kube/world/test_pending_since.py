"""The time since which a runner is pending: by our clock, and reset while its pool has running runners."""

from dataclasses import replace

from automl_operator.decisions.state.snapshot import Key, RunnerState
from automl_operator.kube.world.pending_since import PendingSince
from builders.decisions import a_runner

KEY = Key("default", "churn")
AN_HOUR_AHEAD = 3600.0
PENDING = replace(a_runner("r0", "pending"), pending_since=AN_HOUR_AHEAD)


def since(pending_since: PendingSince, now: float, **runners: RunnerState) -> list[float | None]:
    return [runner.pending_since for runner in pending_since.dated(KEY, runners, now)]


def test_it_counts_from_the_first_observation_whatever_the_servers_clock_says():
    pending_since = PendingSince()
    assert since(pending_since, 100.0, job=PENDING) == [100.0]
    assert since(pending_since, 900.0, job=PENDING) == [100.0]


def test_another_runner_of_the_same_name_starts_a_new_count():
    pending_since = PendingSince()
    since(pending_since, 100.0, job=PENDING)
    assert since(pending_since, 200.0, another=PENDING) == [200.0]


def test_while_a_runner_of_its_pool_runs_it_does_not_count():
    pending_since = PendingSince()
    since(pending_since, 100.0, job=PENDING, other=a_runner("r1"))
    since(pending_since, 500.0, job=PENDING, other=a_runner("r1"))
    assert since(pending_since, 600.0, job=PENDING) == [500.0]
    assert since(pending_since, 700.0, job=replace(PENDING, pool="gpu")) == [100.0]


def test_a_runner_without_a_time_limit_keeps_none():
    assert since(PendingSince(), 100.0, job=replace(PENDING, pending_since=None), other=a_runner("r1")) == [None, None]


def test_a_deleted_runner_is_forgotten():
    pending_since = PendingSince()
    since(pending_since, 100.0, job=PENDING, other=a_runner("r1"))
    pending_since.forget(KEY)
    pending_since.forget(KEY)
    assert since(pending_since, 200.0, job=PENDING) == [200.0]
