"""Leases lost with their runner or because of its silence: which results are kept, and which attempts are charged."""

from dataclasses import replace
from typing import Any

import pytest

from automl_api.resources.trial import FailureClass
from automl_operator.decisions.state.actions import (
    Cancel,
    DropLease,
    StopRunner,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Lease
from builders.decisions import (
    NOW,
    a_broker_state,
    a_failure,
    a_lease,
    a_pending_result,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    an_ended_runner,
    decided,
    of,
    one_write,
)
from builders.experiments import a_plan, a_trial, folds_of


@pytest.mark.parametrize(
    ("runners", "lease", "lost"),
    [
        pytest.param((), a_lease(0), True, id="the runner is gone"),
        pytest.param((an_ended_runner(None),), a_lease(0), True, id="the runner has ended"),
        pytest.param(
            (a_runner(),), a_lease(0, last_heartbeat=NOW - 31), True, id="it was silent for the lifetime of a lease"
        ),
        pytest.param((a_runner(),), a_lease(0, last_heartbeat=NOW - 29), False, id="it was heard lately"),
        pytest.param(
            (a_runner(),), a_lease(0, granted_at=NOW - 50, ends_in=10.0), True, id="it did not end when it should"
        ),
    ],
)
def test_a_lease_is_lost_with_its_runner(runners: tuple[Any, ...], lease: Any, lost: bool) -> None:
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan(), runners=runners)
    actions = decided(snapshot, a_broker_state(leases=(lease,)))
    assert (DropLease(lease.id) in actions) is lost
    if lost:
        status = one_write(actions)
        assert (status.state, status.attempts, status.failure_class) == ("Paused", 2, "infrastructure")


@pytest.mark.parametrize(
    ("stalled", "lost"),
    [
        pytest.param(0.0, True, id="the runner could have reported it long ago"),
        pytest.param(40.0, False, id="the operator stood still all the time"),
        pytest.param(9.0, True, id="the operator ran for long enough"),
    ],
)
def test_a_lease_whose_time_is_over_is_lost_only_if_the_operator_could_hear_of_it(stalled: float, lost: bool) -> None:
    lease = replace(a_lease(0, granted_at=NOW - 50, ends_in=10.0), stalled_seconds=stalled)
    actions = decided(a_snapshot(trials=(a_trial(0),), plan=a_plan()), a_broker_state(leases=(lease,)))
    assert (DropLease(lease.id) in actions) is lost


def test_folds_that_a_lost_runner_had_reported_are_kept() -> None:
    lease = a_lease(0, (0, 1, 2), finished=folds_of(0.9, 0.8))
    actions = decided(a_snapshot(trials=(a_trial(0),), plan=a_plan(), runners=()), a_broker_state(leases=(lease,)))
    assert [fold.fold for fold in one_write(actions).folds] == [0, 1]


def test_losing_cancelled_work_is_not_charged() -> None:
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan(), runners=())
    actions = decided(snapshot, a_broker_state(leases=(a_lease(0, cancelled_at=NOW),)))
    assert of(DropLease, actions)
    assert not of(WriteTrialStatus, actions)


@pytest.mark.parametrize(
    ("lease", "since", "stopped"),
    [
        pytest.param(a_lease(0, adopted=True), 3600.0, False, id="adopted: its limits are unknown"),
        pytest.param(a_lease(0, adopted=True, cancelled_at=NOW), 29.0, False, id="called off just now"),
        pytest.param(a_lease(0, adopted=True, cancelled_at=NOW), 31.0, True, id="called off long ago"),
        pytest.param(a_lease(0, ends_in=100.0), 129.0, False, id="its time was over just now"),
        pytest.param(a_lease(0, ends_in=100.0), 131.0, True, id="its time was over long ago"),
        pytest.param(a_lease(0, ends_in=None, timeout=60.0), 91.0, True, id="it should have timed out"),
    ],
)
def test_a_runner_that_reports_work_long_after_its_end_is_stopped(lease: Lease, since: float, stopped: bool) -> None:
    now = NOW + since
    broker = a_broker_state(
        a_session(last_heartbeat=now, free=0), leases=(replace(lease, last_heartbeat=now),), status_written_at=now
    )
    actions = decided(a_snapshot(trials=(a_trial(0),), plan=a_plan()), broker, now)
    assert bool(of(StopRunner, actions)) == stopped
    assert [drop.lease for drop in of(DropLease, actions)] == ([lease.id] if stopped else [])


def test_adopted_work_that_was_granted_to_another_runner_since_is_ended() -> None:
    old = a_lease(0, (0,), "r1", attempt=1, adopted=True)
    new = a_lease(0, (0,), "r0", attempt=2)
    snapshot = a_snapshot(trials=(a_trial(0, attempts=2),), plan=a_plan(), runners=(a_runner(), a_runner("r1")))
    actions = decided(snapshot, a_broker_state(a_session("r0"), a_session("r1"), leases=(old, new)))
    assert of(Cancel, actions) == [Cancel(old.id)]


@pytest.mark.parametrize(
    ("failure_class", "failures"),
    [
        pytest.param("infrastructure", 0, id="a node"),
        pytest.param("resources", 1, id="memory: it is tried once more with more memory"),
    ],
)
def test_losing_a_runner_with_two_ranges_of_a_trial_costs_one_attempt(
    failure_class: FailureClass, failures: int
) -> None:
    leases = (a_lease(0, (0, 1)), a_lease(0, (2, 3, 4)))
    pools = (a_pool(memory_bytes=1), a_pool("large", memory_bytes=2))
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan(), pools=pools, runners=(an_ended_runner(failure_class),))
    status = of(WriteTrialStatus, decided(snapshot, a_broker_state(leases=leases)))[-1].status
    assert (status.state, status.attempts, status.resource_failures) == ("Paused", 2, failures)


@pytest.mark.parametrize(
    ("pools", "state"),
    [
        pytest.param((a_pool(memory_bytes=1), a_pool("large", memory_bytes=2)), "Paused", id="more memory is tried"),
        pytest.param((a_pool(memory_bytes=1),), "Infeasible", id="there is no more"),
    ],
)
def test_running_out_of_memory_counts_even_if_another_range_of_the_attempt_was_lost(
    pools: tuple[Any, ...], state: str
) -> None:
    trial = a_trial(0, state="Running", attempts=2, failure_class="infrastructure", reason="RunnerGone")
    snapshot = a_snapshot(trials=(trial,), plan=a_plan(), pools=pools, runners=(an_ended_runner("resources"),))
    status = one_write(decided(snapshot, a_broker_state(leases=(a_lease(0, (1,), attempt=1),))))
    assert (status.state, status.attempts, status.resource_failures) == (state, 2, 1)


def test_a_lease_that_was_called_off_does_not_keep_a_lost_trial_running() -> None:
    old = a_lease(0, (0,), "r1", attempt=1, cancelled_at=NOW)
    lost = a_lease(0, (1,), "gone", attempt=2)
    snapshot = a_snapshot(trials=(a_trial(0, attempts=2),), plan=a_plan(), runners=(a_runner("r1"),))
    status = one_write(decided(snapshot, a_broker_state(a_session("r1", free=0), leases=(old, lost))))
    assert (status.state, status.attempts) == ("Paused", 3)


@pytest.mark.parametrize("claimed", [0, 1, 99])
def test_the_failed_attempt_is_the_leases_not_the_one_that_the_runner_names(claimed: int) -> None:
    pending = a_pending_result(a_lease(0, attempt=2), failure=a_failure("infrastructure", "Killed"), attempt=claimed)
    status = one_write(
        decided(a_snapshot(trials=(a_trial(0, attempts=2),), plan=a_plan()), a_broker_state(pending_results=(pending,)))
    )
    assert status.attempts == 3


def test_work_that_was_given_up_and_announced_again_is_lost_once() -> None:
    again = a_lease(0, attempt=1, adopted=True)
    snapshot = a_snapshot(trials=(a_trial(0, state="Paused", attempts=2),), plan=a_plan(), runners=())
    actions = decided(snapshot, a_broker_state(leases=(again,)))
    assert DropLease(again.id) in actions
    assert {write.status.attempts for write in of(WriteTrialStatus, actions)} <= {2}


def test_a_loss_that_was_written_without_its_answer_is_not_written_twice() -> None:
    written = a_trial(0, state="Paused", attempts=2, failure_class="infrastructure", reason="RunnerSilent")
    lease = a_lease(0, attempt=1, last_heartbeat=NOW - 31)
    actions = decided(a_snapshot(trials=(written,), plan=a_plan()), a_broker_state(leases=(lease,)))
    assert DropLease(lease.id) in actions
    assert {write.status.attempts for write in of(WriteTrialStatus, actions)} <= {2}
