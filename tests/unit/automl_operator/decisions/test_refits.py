"""Between search and finalize the best trials are trained on all rows, if the folds saw too few of them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from automl_api.condition_types import SEARCHED
from automl_api.protocol import Result
from automl_api.resources import Condition, ExperimentStatus, RefitResult, RefitStatus, Trial
from automl_api.resources.experiment_status import TrialCounts, WorkStatus
from automl_operator.decisions.facts.budget import reserve_seconds
from automl_operator.decisions.facts.refit_choice import trials_to_refit
from automl_operator.decisions.state.actions import (
    Cancel,
    DropLease,
    DropResult,
    Grant,
    StartRunner,
    WriteTrialStatus,
)
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import PendingResult, RunnerSession
from automl_operator.decisions.state.work_id import refit_id
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_failure,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    an_ended_runner,
    decided,
    of,
)
from builders.experiments import a_learner, a_plan, an_experiment
from builders.refits import DONE, a_refit_lease, a_refitting_session, a_searched, finished, work_of

SLOW: dict[str, Any] = {"trained_share": 0.1, "learners": (a_learner("linear", 100.0),)}
GIVEN_UP = RefitStatus(failures=2, message="Broken: last words")


def result_received(trial: int, **result: Any) -> PendingResult:
    defaults: dict[str, Any] = {"id": refit_id(trial, 1, NOW), "attempt": 1, "outcome": "succeeded"}
    return PendingResult(Result(**(defaults | result)), "r0")


def test_the_best_two_of_each_learner_are_trained_on_all_rows_before_the_model_is_built() -> None:
    trials = (finished(0, 0.7), finished(1, 0.9), finished(2, 0.8), finished(3, 0.6, "trees"))
    snapshot = a_searched(*trials)
    actions = decided(snapshot, a_broker_state(a_refitting_session(free=4)))
    assert work_of(actions) == ["refit 1", "refit 2", "refit 3"]
    refit = of(Grant, actions)[0].assignment.refit
    assert refit.folds == (0, 1, 2, 3, 4)
    assert refit.configuration == trials[1].spec.configuration

    refitted = tuple(trial.replace(status=trial.status.replace(refit=DONE)) for trial in trials[1:])
    actions = decided(replace(snapshot, trials=(trials[0], *refitted)), a_broker_state(a_refitting_session(free=4)))
    assert work_of(actions) == ["finalize"]
    assert [c.refit for c in of(Grant, actions)[0].assignment.finalize.candidates] == [False, True, True, True]


def test_no_more_than_ten_trials_are_refitted() -> None:
    trials = tuple(finished(number, number / 100, f"learner{number % 8}") for number in range(16))
    assert [progress.trial.spec.index for progress in trials_to_refit(a_context(a_searched(*trials)))] == list(
        range(15, 5, -1)
    )


@pytest.mark.parametrize(
    ("plan", "session"),
    [
        pytest.param({"refit": False}, a_refitting_session(), id="the folds saw enough of the rows"),
        pytest.param({}, a_session(free=2), id="the runner does not know refits"),
        pytest.param({"finalize_seconds": 3600.0}, a_refitting_session(), id="there is no time for it"),
    ],
)
def test_the_model_is_built_at_once_if_no_refit_is_possible(plan: dict[str, Any], session: RunnerSession) -> None:
    snapshot = a_searched(finished(0, 0.9), plan=plan)
    assert work_of(decided(snapshot, a_broker_state(session))) == ["finalize"]


def test_finalize_waits_for_the_refits_at_work() -> None:
    snapshot = a_searched(finished(0, 0.9), finished(1, 0.8, refit=DONE))
    assert work_of(decided(snapshot, a_broker_state(a_refitting_session(), leases=(a_refit_lease(0),)))) == []


def test_the_result_of_a_refit_is_stored_in_its_trial_beside_the_folds() -> None:
    result = RefitResult(seconds=3.0, manifest="trials/t/refit/manifest.json", digest="sha256:1")
    broker = a_broker_state(a_refitting_session(), pending_results=(result_received(0, refit=result),))
    actions = decided(a_searched(finished(0, 0.9)), broker)
    (write,) = of(WriteTrialStatus, actions)
    assert write.status.refit == RefitStatus(result=result)
    assert write.status.state == "Succeeded"
    assert len(write.status.folds) == 5
    assert work_of(actions) == ["finalize"]


@pytest.mark.parametrize(
    ("failure", "before", "failures", "following"),
    [
        pytest.param(a_failure("infrastructure"), None, 1, ["refit 0"], id="lost once: again"),
        pytest.param(a_failure("resources"), RefitStatus(failures=1), 2, ["finalize"], id="failed twice: given up"),
        pytest.param(a_failure("configuration"), None, 2, ["finalize"], id="refused: given up at once"),
        pytest.param(a_failure("program"), None, 2, ["finalize"], id="a bug: given up at once"),
    ],
)
def test_a_refit_that_fails(failure: Any, before: RefitStatus | None, failures: int, following: list[str]) -> None:
    pending = result_received(0, outcome="failed", failure=failure)
    actions = decided(
        a_searched(finished(0, 0.9, refit=before)), a_broker_state(a_refitting_session(), pending_results=(pending,))
    )
    (write,) = of(WriteTrialStatus, actions)
    assert write.status.refit == RefitStatus(failures=failures, message="Broken: last words")
    assert work_of(actions) == following
    assert not of(Grant, actions[: actions.index(write)]), "the next attempt rests on what is written of this one"


@pytest.mark.parametrize(
    ("seconds", "following"),
    [
        pytest.param(10.0, ["finalize"], id="its time was up"),
        pytest.param(3.0, ["refit 0"], id="its runner was drained"),
    ],
)
def test_an_ended_refit_is_tried_again_unless_its_time_was_up(seconds: float, following: list[str]) -> None:
    snapshot, session = a_searched(finished(0, 0.9)), a_refitting_session()
    (grant,) = of(Grant, decided(snapshot, a_broker_state(session)))
    assignment = grant.assignment.replace(ends_in_seconds=10.0)
    ended = result_received(0, outcome="cancelled", seconds=seconds)
    pending = replace(ended, assignment=assignment)
    assert work_of(decided(snapshot, a_broker_state(session, pending_results=(pending,)))) == following


def test_a_full_store_suspends_and_charges_nobody() -> None:
    full = result_received(0, outcome="failed", failure=a_failure("resources", "StoreFull"))
    actions = decided(a_searched(finished(0, 0.9)), a_broker_state(a_refitting_session(), pending_results=(full,)))
    assert not of(WriteTrialStatus, actions)
    assert work_of(actions) == []


def test_another_runner_does_the_refit_of_a_lost_runner() -> None:
    snapshot = replace(a_searched(finished(0, 0.9)), runners=(an_ended_runner("infrastructure"), a_runner("r1")))
    actions = decided(snapshot, a_broker_state(a_refitting_session("r1"), leases=(a_refit_lease(0),)))
    (write,) = of(WriteTrialStatus, actions)
    assert write.status.refit.failures == 1
    assert DropLease(a_refit_lease(0).id) in actions
    assert work_of(actions) == ["refit 0"]
    assert of(Grant, actions)[0].assignment.attempt == 2


@pytest.mark.parametrize(
    ("trial", "attempt"), [(7, 1), (0, 2)], ids=["there is no such trial", "nobody was given that attempt"]
)
def test_a_refit_that_nobody_was_given_is_dropped(trial: int, attempt: int) -> None:
    forged = result_received(trial, refit=RefitResult(manifest="elsewhere"))
    forged = replace(forged, result=forged.result.replace(id=refit_id(trial, attempt, NOW), attempt=attempt))
    actions = decided(a_searched(finished(0, 0.9)), a_broker_state(a_refitting_session(), pending_results=(forged,)))
    assert not of(WriteTrialStatus, actions)
    assert [drop.assignment for drop in of(DropResult, actions)] == [forged.result.id]


@pytest.mark.parametrize(
    ("trial", "finalize"),
    [
        pytest.param(finished(0, 0.9, refit=DONE), WorkStatus(), id="it is done"),
        pytest.param(finished(1, 0.9), WorkStatus(), id="there is no such trial"),
        pytest.param(finished(0, 0.9), WorkStatus(holder="r1", attempts=1), id="the model is being built"),
    ],
)
def test_an_adopted_refit_that_nobody_wants_is_ended(trial: Trial, finalize: WorkStatus) -> None:
    status = ExperimentStatus(state="Finalizing", finalize=finalize)
    snapshot = a_snapshot(an_experiment(status, trials=1), trials=(trial,), plan=a_plan(refit=True))
    lease = replace(a_refit_lease(0), assignment=None)
    assert Cancel(lease.id) in decided(snapshot, a_broker_state(a_refitting_session(), leases=(lease,)))


def test_runners_are_started_for_refits_side_by_side() -> None:
    trials = (finished(0, 0.9), finished(1, 0.8), finished(2, 0.7, "trees"))
    pool = a_pool(slots=1, max_runners=4)
    snapshot = replace(a_searched(*trials, parallelism=2), runners=(), pools=(pool,))
    assert len(of(StartRunner, decided(snapshot, a_broker_state()))) == 2


def test_the_budget_reserves_time_for_refits_but_never_most_of_it() -> None:
    few, many = (a_searched(finished(0, 0.9), plan={"trained_share": share}) for share in (0.5, 1e-6))
    assert reserve_seconds(a_context(few)) == pytest.approx(5.0 + 1.0 / 0.5)
    assert reserve_seconds(a_context(many)) == pytest.approx(3600 / 3)


def test_after_stop_refits_take_no_longer_than_the_budget_reserves_for_them() -> None:
    broker, long = a_broker_state(a_refitting_session()), {"trained_share": 1 / 1500}
    assert work_of(decided(a_searched(finished(0, 0.9), plan=long), broker)) == ["refit 0"]
    (grant,) = of(Grant, decided(a_searched(finished(0, 0.9), plan=long, stop=True), broker))
    assert grant.assignment.refit.share == pytest.approx(0.7 * 1200 / 1500)
    assert work_of(decided(a_searched(finished(0, 0.9), stop=True), broker)) == ["refit 0"]


def test_after_stop_each_refit_has_what_the_others_left_of_the_reserve() -> None:
    ended = Condition(
        type=SEARCHED,
        status="True",
        reason="StopRequested",
        last_transition_time=datetime.fromtimestamp(NOW - 700, UTC),
    )
    snapshot = a_searched(finished(0, 0.9), plan={"trained_share": 1 / 1500}, stop=True)
    status = ExperimentStatus(state="Finalizing", trials=TrialCounts(total=1), conditions=(ended,))
    snapshot = replace(snapshot, experiment=snapshot.experiment.replace(status=status))
    (grant,) = of(Grant, decided(snapshot, a_broker_state(a_refitting_session())))
    assert grant.assignment.ends_in_seconds == pytest.approx(1200 - 700)


@pytest.mark.parametrize(
    ("trained_share", "expected"),
    [
        pytest.param(1 / 1000, 1.0, id="there is time for all rows"),
        pytest.param(1 / 5000, 0.7 * 3585 / 5000, id="there is time for a part of them, with a margin"),
    ],
)
def test_a_refit_has_as_many_rows_as_time_allows(trained_share: float, expected: float) -> None:
    snapshot = a_searched(finished(0, 0.9), plan={"trained_share": trained_share})
    (grant,) = of(Grant, decided(snapshot, a_broker_state(a_refitting_session())))
    assert grant.assignment.refit.share == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        pytest.param(300.0, ["refit 0"], id="21 % of the rows, where folds have 10 %"),
        pytest.param(270.0, ["finalize"], id="19 %"),
    ],
)
def test_a_refit_of_less_than_twice_a_folds_rows_is_not_worth_its_time(left: float, expected: list[str]) -> None:
    trial = finished(0, 0.9, seconds=100.0)
    snapshot = a_searched(trial, plan=SLOW | {"finalize_seconds": 3590.0 - left})
    assert work_of(decided(snapshot, a_broker_state(a_refitting_session()))) == expected


@pytest.mark.parametrize(
    ("share", "expected"), [(0.8, ["finalize"]), (0.4, ["refit 1"])], ids=["too few rows for it", "enough"]
)
def test_a_later_refit_has_at_least_half_of_the_rows_of_the_first(share: float, expected: list[str]) -> None:
    """There is time for 31.5 % of the rows."""
    first = finished(0, 0.9, refit=RefitStatus(result=RefitResult(share=share, manifest="refit")))
    plan = SLOW | {"finalize_seconds": 3590.0 - 450.0}
    snapshot = a_searched(first, finished(1, 0.8, seconds=100.0), plan=plan)
    assert work_of(decided(snapshot, a_broker_state(a_refitting_session()))) == expected


def test_after_a_restart_nothing_is_refitted_before_every_runner_has_spoken() -> None:
    broker = BrokerState(
        opened_at=NOW - 1, active_seconds=10.0, sessions=(a_refitting_session(),), status_written_at=NOW
    )
    snapshot = replace(a_searched(finished(0, 0.9)), runners=(a_runner(), a_runner("r1")))
    assert work_of(decided(snapshot, broker)) == []


def test_data_prepared_by_another_version_ends_the_experiment_with_a_message() -> None:
    snapshot = a_searched(finished(0, 0.9), plan={"version": 1})
    failed = [
        c
        for a in decided(snapshot, a_broker_state(a_refitting_session()))
        if hasattr(a, "status")
        for c in getattr(a.status, "conditions", ())
    ]
    assert any(c.type == "Failed" and c.reason == "OtherVersion" for c in failed)
