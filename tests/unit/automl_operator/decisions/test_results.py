"""Results, failures and losses: what is stored, charged and forgotten."""

from typing import Any

import pytest

from automl_api.resources.trial import FailureClass
from automl_operator.decisions.state.actions import (
    Cancel,
    DropResult,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from builders.decisions import (
    a_broker_state,
    a_failure,
    a_lease,
    a_pending_result,
    a_pool,
    a_runner,
    a_snapshot,
    an_ended_runner,
    decided,
    of,
    one_write,
)
from builders.experiments import a_plan, a_plan_spec, a_trial, an_experiment, folds_of


def test_a_trial_with_every_fold_has_succeeded_and_its_results_are_forgotten() -> None:
    first, second = a_lease(0, (0, 1)), a_lease(0, (2, 3, 4))
    pending = (
        a_pending_result(first, *folds_of(0.9, 0.8)),
        a_pending_result(second, *folds_of(None, None, 0.7, 0.8, 0.8)),
    )
    actions = decided(a_snapshot(trials=(a_trial(0),), plan=a_plan()), a_broker_state(pending_results=pending))
    status = one_write(actions)
    assert status.state == "Succeeded"
    assert status.score == pytest.approx(0.8)
    assert {drop.assignment for drop in of(DropResult, actions)} == {first.id, second.id}


@pytest.mark.parametrize(
    ("pending", "dropped"),
    [
        pytest.param(a_pending_result(a_lease(0, (1,)), *folds_of(None, 0.9)), False, id="brings a missing fold"),
        pytest.param(
            a_pending_result(a_lease(0, (1,), attempt=2), *folds_of(None, 0.9), late=True),
            False,
            id="late, a missing fold",
        ),
        pytest.param(
            a_pending_result(a_lease(0, (1,), adopted=True), *folds_of(None, 0.9)),
            False,
            id="of an adopted, older attempt",
        ),
        pytest.param(
            a_pending_result(a_lease(0, (1,)), *folds_of(None, 0.9), late=True), True, id="late, of an attempt given up"
        ),
        pytest.param(a_pending_result(a_lease(0, (0,)), *folds_of(0.9), late=True), True, id="late, nothing new"),
        pytest.param(
            a_pending_result(a_lease(7, (1,)), *folds_of(None, 0.9)), True, id="of a trial that does not exist"
        ),
        pytest.param(a_pending_result(a_lease(0, (1,)), outcome="cancelled"), True, id="cancelled with nothing"),
        pytest.param(
            a_pending_result(a_lease(0, (1,), attempt=1), failure=a_failure("program"), late=True),
            True,
            id="a late failure of work that was given to somebody else",
        ),
    ],
)
def test_a_result_is_kept_if_it_adds_something(pending: Any, dropped: bool) -> None:
    snapshot = a_snapshot(trials=(a_trial(0, 0.9, attempts=2),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    assert (DropResult(pending.result.id) in actions) is dropped
    assert not of(WriteTrialStatus, actions)


@pytest.mark.parametrize(
    ("failure_class", "attempts", "pools", "expected"),
    [
        pytest.param("infrastructure", 1, (a_pool(),), "Paused", id="infrastructure: again"),
        pytest.param("infrastructure", 10, (a_pool(),), "Failed", id="infrastructure: not for ever"),
        pytest.param("resources", 1, (a_pool(memory_bytes=1),), "Infeasible", id="resources: no larger pool"),
        pytest.param(
            "resources",
            1,
            (a_pool(memory_bytes=1), a_pool("large", memory_bytes=2)),
            "Paused",
            id="resources: again where there is more memory",
        ),
        pytest.param("configuration", 1, (a_pool(),), "Infeasible", id="configuration: at once"),
        pytest.param("program", 1, (a_pool(),), "Failed", id="program: at once"),
    ],
)
@pytest.mark.parametrize("way", ["reported", "with its runner"])
def test_the_class_of_a_failure_decides_what_happens_to_the_trial(
    way: str, failure_class: FailureClass, attempts: int, pools: tuple[Any, ...], expected: str
) -> None:
    trial = a_trial(0, 0.9, attempts=attempts)
    lease = a_lease(0, (1, 2), attempt=attempts)
    if way == "reported":
        broker = a_broker_state(
            pending_results=(a_pending_result(lease, *folds_of(None, 0.9), failure=a_failure(failure_class)),)
        )
        runner = a_runner()
    else:
        broker = a_broker_state(leases=(lease,))
        runner = an_ended_runner(failure_class)
    status = one_write(decided(a_snapshot(trials=(trial,), plan=a_plan(), pools=pools, runners=(runner,)), broker))
    assert (status.state, status.attempts, status.failure_class) == (expected, attempts + 1, failure_class)
    assert status.message == "last words"
    assert len(status.folds) == (2 if way == "reported" else 1), "what was finished before is kept"


@pytest.mark.parametrize(
    ("attempts", "reported", "lost"),
    [
        pytest.param(2, "Paused", "Paused", id="again"),
        pytest.param(3, "Failed", "Paused", id="work that is lost while its runner lives may be the cause itself"),
        pytest.param(9, "Failed", "Paused", id="lost runners are nobody's fault"),
        pytest.param(10, "Failed", "Failed", id="but not for ever"),
    ],
)
def test_lost_work_is_retried_but_not_for_ever(attempts: int, reported: str, lost: str) -> None:
    trial, lease = a_trial(0, attempts=attempts), a_lease(0, attempt=attempts)
    pending = a_pending_result(lease, failure=a_failure("infrastructure", "Killed"))
    alive = decided(a_snapshot(trials=(trial,), plan=a_plan()), a_broker_state(pending_results=(pending,)))
    gone = decided(a_snapshot(trials=(trial,), plan=a_plan(), runners=()), a_broker_state(leases=(lease,)))
    assert (one_write(alive).state, one_write(gone).state) == (reported, lost)


def test_losses_do_not_count_among_the_failures_that_the_budget_allows() -> None:
    trial = a_trial(0, attempts=3)
    pending = a_pending_result(a_lease(0, attempt=3), failure=a_failure("infrastructure", "Killed"))
    snapshot = a_snapshot(an_experiment(failed_trials=1), trials=(trial,), plan=a_plan())
    status = of(WriteExperimentStatus, decided(snapshot, a_broker_state(pending_results=(pending,))))[-1].status
    assert (status.state, status.trials.failed) == ("Searching", 1)


def test_a_second_time_out_of_memory_is_infeasible() -> None:
    trial = a_trial(0, attempts=2, resource_failures=1)
    pools = (a_pool(memory_bytes=1), a_pool("large", memory_bytes=2))
    pending = a_pending_result(a_lease(0, attempt=2), failure=a_failure("resources"))
    snapshot = a_snapshot(trials=(trial,), plan=a_plan(), pools=pools)
    assert one_write(decided(snapshot, a_broker_state(pending_results=(pending,)))).state == "Infeasible"


def test_a_trial_that_ends_cancels_its_other_ranges() -> None:
    failed, other = a_lease(0, (0,)), a_lease(0, (1,))
    broker = a_broker_state(
        pending_results=(a_pending_result(failed, failure=a_failure("configuration")),), leases=(other,)
    )
    assert Cancel(other.id) in decided(a_snapshot(trials=(a_trial(0),), plan=a_plan()), broker)


@pytest.mark.parametrize(
    ("learners", "expected"),
    [
        pytest.param(("linear", "linear", "linear"), "Searching", id="one learner alone is only left out"),
        pytest.param(("linear", "forest", "linear"), "Failed", id="over two learners it is the program or the data"),
    ],
)
def test_the_first_three_trials_end_in_errors(learners: tuple[str, ...], expected: str) -> None:
    failed = {"state": "Failed", "failure_class": "program", "reason": "Traceback", "message": "KeyError: 'x'"}
    trials = tuple(a_trial(index, learner=learner, **failed) for index, learner in enumerate(learners))
    plan = a_plan(
        learners=tuple(a_plan_spec().learners[0].replace(name=name) for name in ("linear", "forest", "other"))
    )
    status = of(WriteExperimentStatus, decided(a_snapshot(trials=trials, plan=plan), a_broker_state()))[-1].status
    assert status.state == expected
    words = {condition.type: condition.message for condition in status.conditions}
    assert "KeyError: 'x'" in words["Failed" if expected == "Failed" else "LearnersReady"]
