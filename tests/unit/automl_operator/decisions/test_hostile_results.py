"""Hostile runners: results of work that a runner was not given do not count."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.protocol import Result
from automl_api.resources import ExperimentStatus
from automl_api.resources.experiment import EvaluationSpec, UserTestData
from automl_api.resources.experiment_status import UserTestScore, WorkStatus
from automl_operator.decisions.state.actions import (
    Cancel,
    CreateModel,
    CreatePlan,
    DropResult,
    Grant,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Lease, PendingResult
from builders.decisions import (
    NOW,
    a_broker_state,
    a_failure,
    a_lease,
    a_pending_result,
    a_runner,
    a_session,
    a_snapshot,
    decided,
    of,
)
from builders.experiments import a_model_spec, a_plan, a_plan_spec, a_test_score, a_trial, an_experiment, folds_of

PREPARING = an_experiment(ExperimentStatus(state="Preparing", prepare=WorkStatus(holder="r0", attempts=2)))
FINALIZING = an_experiment(ExperimentStatus(state="Finalizing", finalize=WorkStatus(holder="r0", attempts=2)), trials=1)
FINISHED = (a_trial(0, *[0.9] * 5, state="Succeeded"),)


def refused(actions: tuple[Any, ...]) -> list[str]:
    """The reasons of the refused results."""
    return [drop.refused for drop in of(DropResult, actions)]


@pytest.mark.parametrize(
    ("holder", "attempt", "counts"),
    [
        pytest.param("r0", 2, True, id="of the holder and its attempt"),
        pytest.param("r0", 1, False, id="of an attempt that is over"),
        pytest.param("r0", 77, False, id="of an attempt that never existed"),
        pytest.param("r9", 2, False, id="of another runner"),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["with a lease", "without a lease"])
def test_prepare_and_finalize_count_only_from_the_recorded_holder(
    holder: str, attempt: int, counts: bool, late: bool
) -> None:
    plan = a_pending_result(a_lease(kind="prepare", attempt=attempt, runner=holder), plan=a_plan_spec(), late=late)
    actions = decided(a_snapshot(PREPARING), a_broker_state(pending_results=(plan,)))
    assert (bool(of(CreatePlan, actions)), refused(actions)) == (counts, [""] if counts else ["NotTheHolder"])

    model = a_pending_result(a_lease(kind="finalize", attempt=attempt, runner=holder), model=a_model_spec(), late=late)
    actions = decided(a_snapshot(FINALIZING, trials=FINISHED, plan=a_plan()), a_broker_state(pending_results=(model,)))
    assert bool(of(CreateModel, actions)) is counts


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"uri": "s3://elsewhere/model"}, "it must be at file:///runs/churn/models/churn-", id="another place"
        ),
        pytest.param({"uri": "file:///runs/churn/models/other"}, "it must be at", id="another model of the store"),
        pytest.param({"uri": "nonsense"}, "it must be at", id="no address"),
        pytest.param({"digest": "sha256:1"}, "is not a SHA-256 digest", id="no digest"),
        pytest.param({"target": "other"}, "was asked for", id="another question"),
        pytest.param({"test_score": a_test_score()}, "no test was asked for", id="a test that nobody asked for"),
    ],
)
def test_a_model_that_is_not_the_expected_one_fails_finalize(changes: dict[str, Any], words: str) -> None:
    pending = a_pending_result(a_lease(kind="finalize", attempt=2), model=a_model_spec().replace(**changes))
    actions = decided(
        a_snapshot(FINALIZING, trials=FINISHED, plan=a_plan()), a_broker_state(pending_results=(pending,))
    )
    assert not of(CreateModel, actions)
    failed = next(c for c in of(WriteExperimentStatus, actions)[-1].status.conditions if c.type == "Failed")
    assert failed.reason == "ModelRefused"
    assert words in failed.message


@pytest.mark.parametrize(
    "score", [a_test_score("rmse"), a_test_score(rows=0)], ids=["in another metric", "without rows"]
)
def test_a_test_score_that_was_not_asked_for_fails_finalize(score: UserTestScore) -> None:
    spec = FINALIZING.spec.replace(evaluation=EvaluationSpec(test=UserTestData(uri="s3://exam/test.csv")))
    pending = a_pending_result(a_lease(kind="finalize", attempt=2), model=a_model_spec().replace(test_score=score))
    snapshot = a_snapshot(FINALIZING.replace(spec=spec), trials=FINISHED, plan=a_plan())
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    assert not of(CreateModel, actions)
    assert of(WriteExperimentStatus, actions)[-1].status.finalize.message.startswith("ModelRefused: The test score is")


def test_the_same_place_may_be_spelled_with_more_slashes() -> None:
    spelled = a_model_spec().replace(uri=a_model_spec().uri.replace("/models/", "//models//"))
    pending = a_pending_result(a_lease(kind="finalize", attempt=2), model=spelled)
    assert of(
        CreateModel,
        decided(a_snapshot(FINALIZING, trials=FINISHED, plan=a_plan()), a_broker_state(pending_results=(pending,))),
    )


@pytest.mark.parametrize(
    ("pending", "why"),
    [
        pytest.param(a_pending_result(a_lease(7), *folds_of(0.9)), "NoSuchTrial", id="no such trial"),
        pytest.param(a_pending_result(a_lease(0, attempt=3), *folds_of(0.9)), "UnknownWork", id="an attempt to come"),
        pytest.param(
            a_pending_result(a_lease(0, (0,)), *folds_of(0.9, 1.0)), "UnknownWork", id="a fold that was not given"
        ),
        pytest.param(
            a_pending_result(a_lease(0, (9,)), *folds_of(0.9)), "UnknownWork", id="a fold that does not exist"
        ),
        pytest.param(
            a_pending_result(a_lease(0, attempt=2, runner="r9"), *folds_of(0.9), late=True),
            "NotLeased",
            id="a stranger",
        ),
        pytest.param(
            a_pending_result(a_lease(0, runner="r9"), failure=a_failure("program"), late=True),
            "NotLeased",
            id="its failure",
        ),
        pytest.param(
            PendingResult(Result(id="x", attempt=1, outcome="succeeded"), "r0"), "UnknownWork", id="no id of ours"
        ),
    ],
)
def test_a_fit_that_the_runner_was_not_given_does_not_count(pending: PendingResult, why: str) -> None:
    snapshot = a_snapshot(trials=(a_trial(0, attempts=2),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(pending_results=(pending,)))
    assert refused(actions) == [why]
    assert not of(WriteTrialStatus, actions)


@pytest.mark.parametrize(
    "lease",
    [
        pytest.param(a_lease(kind="prepare", attempt=77, adopted=True), id="another attempt"),
        pytest.param(a_lease(kind="prepare", attempt=2, runner="r9", adopted=True), id="another runner"),
        pytest.param(a_lease(0, adopted=True), id="a fit before there is a plan"),
        pytest.param(a_lease(kind="finalize", adopted=True), id="finalize before there is a plan"),
    ],
)
def test_work_that_was_never_given_is_ended_so_that_it_holds_no_slot(lease: Lease) -> None:
    runners = (a_runner("r0"), a_runner("r9"))
    assert Cancel(lease.id) in decided(a_snapshot(PREPARING, runners=runners), a_broker_state(leases=(lease,)))


def test_work_that_its_recorded_holder_still_has_after_a_restart_goes_on() -> None:
    lease = a_lease(kind="prepare", attempt=2, adopted=True)
    actions = decided(a_snapshot(PREPARING), a_broker_state(a_session("r0"), leases=(lease,)))
    assert not of(Cancel, actions)
    assert not of(Grant, actions)


def test_a_runner_that_was_only_silent_may_finish_work_that_nobody_else_has_begun() -> None:
    silent = a_lease(kind="prepare", attempt=2, last_heartbeat=NOW - 31)
    actions = decided(a_snapshot(PREPARING), a_broker_state(leases=(silent,)))
    prepare = of(WriteExperimentStatus, actions)[0].status.prepare
    assert (prepare.holder, prepare.attempts, prepare.failures) == ("r0", 2, 1)

    back = a_snapshot(an_experiment(ExperimentStatus(state="Preparing", prepare=prepare)))
    late = a_pending_result(a_lease(kind="prepare", attempt=2), plan=a_plan_spec(), late=True)
    assert of(CreatePlan, decided(back, a_broker_state(pending_results=(late,))))

    other = an_experiment(ExperimentStatus(state="Preparing", prepare=WorkStatus(holder="r1", attempts=3)))
    assert refused(decided(a_snapshot(other), a_broker_state(pending_results=(late,)))) == ["NotTheHolder"]


def test_a_fold_that_was_not_given_does_not_count_in_progress_reports_either() -> None:
    lease = a_lease(0, (0,), finished=folds_of(None, 1.0))
    snapshot = a_snapshot(an_experiment(ExperimentStatus(state="Suspended"), suspend=True), trials=(a_trial(0),))
    actions = decided(replace(snapshot, plan=a_plan()), a_broker_state(leases=(lease,)))
    assert of(WriteTrialStatus, actions)[0].status.folds == ()


IDS = st.one_of(
    st.sampled_from(["prepare-2", "finalize-2", "fit-0-0-1-5", "fit-0-0_1-2-5", "fit-1-4-1-5", "fit-3-0-1-5"]),
    st.from_regex(r"(prepare|finalize)-\d{1,9}", fullmatch=True),
    st.from_regex(r"fit-\d{1,3}-\d{1,2}(_\d{1,2}){0,2}-\d{1,3}-\d{1,5}", fullmatch=True),
    st.text(max_size=20),
)
RESULTS = st.builds(
    Result,
    id=IDS,
    attempt=st.integers(-1, 80),
    outcome=st.sampled_from(["succeeded", "failed", "cancelled"]),
    folds=st.lists(st.integers(0, 19), max_size=4).map(
        lambda numbers: tuple(folds_of(*[0.5] * 20)[n] for n in numbers)
    ),
    failure=st.none() | st.sampled_from([a_failure("program"), a_failure("infrastructure")]),
    plan=st.none() | st.just(a_plan_spec()),
    model=st.none() | st.just(a_model_spec()),
)


@given(st.lists(RESULTS, min_size=1, max_size=5, unique_by=lambda result: result.id))
def test_whatever_a_stranger_hands_in_changes_nothing(results: list[Result]) -> None:
    pending = tuple(PendingResult(result, "stranger") for result in results)
    for experiment, plan, trials in (
        (PREPARING, None, ()),
        (an_experiment(), a_plan(), (a_trial(0, attempts=2), a_trial(1, 0.5))),
        (FINALIZING, a_plan(), FINISHED),
    ):
        snapshot = a_snapshot(experiment, plan=plan, trials=trials)
        actions = [
            action
            for action in decided(snapshot, a_broker_state(pending_results=pending))
            if not isinstance(action, DropResult)
        ]
        assert actions == list(decided(snapshot, a_broker_state()))
