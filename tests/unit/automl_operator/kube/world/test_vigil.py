"""Since when runners are waited for: by our clock, and not while something of their pool runs."""

from dataclasses import replace

from automl_operator.decisions.state.snapshot import Key, RunnerState
from automl_operator.kube.world.pending_since import PendingSince
from builders.desks import a_runner

KEY = Key("default", "churn")
AN_HOUR_AHEAD = 3600.0
PENDING = replace(a_runner("r0", "pending"), pending_since=AN_HOUR_AHEAD)


def since(vigil: PendingSince, now: float, **runners: RunnerState) -> list[float | None]:
    return [runner.pending_since for runner in vigil.dated(KEY, runners, now)]


def test_it_counts_from_the_first_look_whatever_the_servers_clock_says():
    vigil = PendingSince()
    assert since(vigil, 100.0, job=PENDING) == [100.0]
    assert since(vigil, 900.0, job=PENDING) == [100.0]


def test_another_runner_of_the_name_is_waited_for_anew():
    vigil = PendingSince()
    since(vigil, 100.0, job=PENDING)
    assert since(vigil, 200.0, another=PENDING) == [200.0]


def test_while_something_of_its_pool_runs_it_does_not_count():
    vigil = PendingSince()
    since(vigil, 100.0, job=PENDING, other=a_runner("r1"))
    since(vigil, 500.0, job=PENDING, other=a_runner("r1"))
    assert since(vigil, 600.0, job=PENDING) == [500.0]
    assert since(vigil, 700.0, job=replace(PENDING, pool="gpu")) == [100.0]


def test_what_is_waited_for_without_end_stays_so():
    assert since(PendingSince(), 100.0, job=replace(PENDING, pending_since=None), other=a_runner("r1")) == [None, None]


def test_what_is_gone_is_forgotten():
    vigil = PendingSince()
    since(vigil, 100.0, job=PENDING, other=a_runner("r1"))
    vigil.forget(KEY)
    vigil.forget(KEY)
    assert since(vigil, 200.0, job=PENDING) == [200.0]
