"""The content of the status, and how often it is written."""

from typing import Any

import pytest

from automl_api.resources import ExperimentStatus, PublishedModel
from automl_api.resources.experiment import EvaluationSpec, UserTestData
from automl_api.resources.experiment_status import State
from automl_operator.decisions import decide, progress
from automl_operator.decisions.lifecycle.status import current_status
from automl_operator.decisions.state.actions import WriteExperimentStatus
from builders.decisions import NOW, a_broker_state, a_context, a_lease, a_session, a_snapshot, decided, of
from builders.experiments import a_model, a_plan, a_test_score, a_trial, an_experiment, folds_of

GOOD = [0.9] * 5


def settled(snapshot: Any, broker: Any = None) -> Any:
    """The snapshot with its current status already written."""
    status = current_status(a_context(snapshot, broker or a_broker_state()))
    return a_snapshot(
        snapshot.experiment.replace(status=status), trials=snapshot.trials, plan=snapshot.plan, runners=snapshot.runners
    )


AT_WORK = a_snapshot(an_experiment(trials=1), trials=(a_trial(0, *[None] * 5),), plan=a_plan())
LEASE = a_lease(0, (0, 1, 2, 3, 4))


@pytest.mark.parametrize(
    ("written_ago", "spent", "expected"),
    [
        pytest.param(9.0, 20.0, 0, id="time alone: not yet"),
        pytest.param(10.0, 20.0, 1, id="time alone while there is work: every ten seconds"),
        pytest.param(10.0, 10.0, 0, id="nothing has changed"),
    ],
)
def test_values_that_only_grow_with_time_are_written_every_ten_seconds(
    written_ago: float, spent: float, expected: int
) -> None:
    broker = a_broker_state(a_session(free=0), leases=(LEASE,), spent=spent, status_written_at=NOW - written_ago)
    assert len(of(WriteExperimentStatus, decided(settled(AT_WORK), broker))) == expected


def test_at_rest_passing_time_is_no_reason_to_write() -> None:
    snapshot = settled(a_snapshot(an_experiment(suspend=True), plan=a_plan(), runners=()))
    assert decide(snapshot, a_broker_state(spent=500.0, status_written_at=NOW - 500), NOW).actions == ()


def test_a_new_generation_is_observed_at_once() -> None:
    snapshot = settled(AT_WORK)
    edited = snapshot.experiment.replace(metadata=snapshot.experiment.metadata.replace(generation=2))
    again = a_snapshot(edited, trials=snapshot.trials, plan=snapshot.plan)
    (write,) = of(WriteExperimentStatus, decided(again, a_broker_state(a_session(free=0), leases=(LEASE,))))
    assert write.status.observed_generation == 2


ON_OWN_ROWS = EvaluationSpec(test=UserTestData(uri="s3://exam/test.csv"))


def status_with(model: PublishedModel | None, evaluation: EvaluationSpec = ON_OWN_ROWS) -> ExperimentStatus:
    experiment = an_experiment(evaluation=evaluation, trials=1)
    trials = (a_trial(0, *GOOD, state="Succeeded"),)
    return current_status(a_context(a_snapshot(experiment, trials=trials, plan=a_plan(), model=model)))


def the_test_condition(status: ExperimentStatus) -> list[tuple[str, str, str]]:
    return [(c.status, c.reason, c.message) for c in status.conditions if c.type == "Tested"]


def test_the_score_on_the_users_rows_is_beside_the_score() -> None:
    status = status_with(a_model(test_score=a_test_score()))
    assert status.test_score == a_test_score()
    assert the_test_condition(status) == [("True", "TestScored", "roc_auc 0.85 on 100 rows.")]


def test_a_failed_test_leaves_the_experiment_complete_and_says_why() -> None:
    status = status_with(a_model(test_failure="there is no file test.csv"))
    assert (status.state, status.test_score) == ("Complete", None)
    assert the_test_condition(status) == [("False", "TestFailed", "there is no file test.csv")]
    (older,) = the_test_condition(status_with(a_model()))
    assert older[:2] == ("False", "TestFailed")


def test_there_is_no_word_of_a_test_before_the_model_or_without_test_rows() -> None:
    assert the_test_condition(status_with(None)) == the_test_condition(status_with(a_model(), EvaluationSpec())) == []


@pytest.mark.parametrize("state", ["Complete", "Failed"])
def test_a_final_status_is_not_written_again(state: State) -> None:
    experiment = an_experiment(ExperimentStatus(state=state, observed_generation=1), stop=True)
    snapshot = a_snapshot(experiment, trials=(a_trial(0),), plan=a_plan(), runners=())
    decision = decide(snapshot, a_broker_state(spent=99.0, status_written_at=0.0), NOW)
    assert decision.actions == ()
    assert decision.requeue_after is None


def test_counters_and_leaderboard_describe_the_stored_trials() -> None:
    trials = (
        a_trial(0, *GOOD, state="Succeeded"),
        a_trial(1, *[0.8] * 5, state="Succeeded"),
        a_trial(2, 0.99, state="Stopped"),
        a_trial(3, state="Infeasible"),
        a_trial(4, state="Failed"),
        a_trial(5),
        a_trial(6, state="Paused"),
    )
    status = current_status(a_context(a_snapshot(trials=trials, plan=a_plan())))
    counts = status.trials
    assert (counts.total, counts.running, counts.succeeded, counts.stopped) == (7, 2, 2, 1)
    assert (counts.infeasible, counts.failed) == (1, 1)
    assert [entry.trial for entry in status.leaderboard] == ["churn-12345-0", "churn-12345-1"]
    assert status.best == status.leaderboard[0]


@pytest.mark.parametrize(
    ("metric", "best"), [pytest.param("roc_auc", 0, id="greater is better"), pytest.param("rmse", 1, id="smaller is")]
)
def test_the_best_follows_the_direction_of_the_metric(metric: str, best: int) -> None:
    trials = (a_trial(0, *GOOD, state="Succeeded"), a_trial(1, *[0.8] * 5, state="Succeeded"))
    status = current_status(a_context(a_snapshot(trials=trials, plan=a_plan(metric=metric))))
    assert status.best is not None
    assert status.best.trial == f"churn-12345-{best}"


def test_partial_trials_are_compared_on_the_same_folds_only() -> None:
    trials = (
        a_trial(0, 0.9, 0.5, state="Stopped"),
        a_trial(1, 0.8, 0.8, state="Stopped"),
        a_trial(2, 0.99, state="Stopped"),
    )
    status = current_status(a_context(a_snapshot(trials=trials, plan=a_plan())))
    assert [(entry.trial[-1], entry.folds) for entry in status.leaderboard] == [("1", 2), ("0", 2)]


def test_progress_includes_what_runners_have_reported() -> None:
    lease = a_lease(0, (0, 1), finished=folds_of(0.91))
    snapshot = a_snapshot(an_experiment(time="1m"), trials=(a_trial(0),), plan=a_plan())
    shown = progress(snapshot, a_broker_state(leases=(lease,), spent=20.0), NOW)
    assert (shown.state, shown.learner) == ("Searching", "linear")
    assert shown.score == pytest.approx(0.91)
    assert (shown.seconds_left, shown.working, shown.trials.total) == (40.0, 1, 1)


def test_progress_before_anything_has_begun() -> None:
    shown = progress(a_snapshot(), a_broker_state(spent=0.0), NOW)
    assert (shown.state, shown.score, shown.working) == ("Pending", None, 0)


def test_progress_of_a_failed_experiment_says_why() -> None:
    snapshot = a_snapshot(an_experiment(stop=True))
    failed = snapshot.experiment.replace(status=current_status(a_context(snapshot)))
    for shown in (progress(snapshot, a_broker_state(), NOW), progress(a_snapshot(failed), a_broker_state(), NOW)):
        assert shown.state == "Failed"
        assert "stopped before" in shown.message
