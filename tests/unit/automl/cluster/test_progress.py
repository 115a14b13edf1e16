"""Lines about changes between two statuses of an experiment."""

from typing import Any

import pytest

from automl.cluster.progress import NO_OPERATOR, failure_message, news, status_line, success_lines
from automl_api.resources import Condition, Experiment, ExperimentStatus
from automl_api.resources.experiment_status import FinalScore, LeaderboardEntry, TrialCounts
from builders.experiments import an_experiment


def a_condition(type_: str, holds: bool, reason: str, message: str = "words.") -> Condition:
    return Condition(type=type_, status="True" if holds else "False", reason=reason, message=message)


def with_status(
    state: str = "Searching", best: tuple[str, float] | None = None, *conditions: Condition, **fields: Any
) -> Experiment:
    entry = LeaderboardEntry(trial=f"trial-{best[0]}", learner=best[0], score=best[1], folds=1) if best else None
    fields = {"observed_generation": 1, "active_seconds": 79.0, **fields}
    return an_experiment(
        ExperimentStatus.read({"state": state, "conditions": conditions, "best": entry, **fields}), time="2m"
    )


def to_stop(experiment: Experiment) -> Experiment:
    return experiment.replace(spec=experiment.spec.replace(stop=True))


STUCK = a_condition("RunnersReady", False, "Unschedulable", "0/3 nodes.")
FREE = a_condition("RunnersReady", True, "NoPendingRunners", "No runner waits.")
DONE = a_condition("Searched", True, "BudgetSpent", "The time is over.")


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param(None, with_status("Pending"), [], id="nothing yet"),
        pytest.param(None, with_status(best=("linear", 0.905)), ["79 s: linear 0.905"], id="the first status"),
        pytest.param(with_status(), with_status(best=("linear", 0.905)), ["79 s: linear 0.905"], id="a first result"),
        pytest.param(with_status(best=("linear", 0.9)), with_status(best=("linear", 0.905)), [], id="the same trial, more folds"),
        pytest.param(with_status(best=("linear", 0.9)), with_status(best=("tree", 0.95)), ["79 s: tree 0.950"], id="a better trial"),
        pytest.param(
            with_status("Pending"), with_status("Pending", None, STUCK), ["warning: RunnersReady is false: Unschedulable: 0/3 nodes."], id="a problem"
        ),
        pytest.param(with_status("Pending", None, STUCK), with_status("Pending", None, STUCK), [], id="a problem is reported once"),
        pytest.param(
            with_status("Pending", None, STUCK),
            with_status("Pending", None, a_condition("RunnersReady", False, "QuotaExceeded")),
            ["warning: RunnersReady is false: QuotaExceeded: words."],
            id="another problem",
        ),
        pytest.param(with_status("Pending", None, STUCK), with_status("Pending", None, FREE), ["RunnersReady again: No runner waits."], id="a problem is over"),
        pytest.param(None, with_status("Searching", None, FREE), [], id="a problem of the past"),
        pytest.param(
            with_status(), with_status("Searching", None, a_condition("Complete", False, "Searching")), [], id="progress is no problem"
        ),
        pytest.param(with_status(), with_status("Finalizing", None, DONE), ["search ended: The time is over."], id="search ended"),
        pytest.param(with_status("Suspended"), with_status(), ["going on"], id="resumed"),
        pytest.param(
            with_status("Suspended"), to_stop(with_status("Finalizing", None, DONE)), ["search ended: The time is over."], id="stopped while suspended"
        ),
        pytest.param(None, with_status("Complete", ("linear", 0.905), STUCK), [], id="ended"),
    ],
)  # fmt: skip
def test_the_lines_about_a_change(before: Experiment | None, after: Experiment, lines: list[str]) -> None:
    assert list(news(before, after)) == lines


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        pytest.param(with_status("Pending", observed_generation=0), "waiting for the operator", id="no status yet"),
        pytest.param(with_status("Pending"), "waiting for a runner", id="pending"),
        pytest.param(with_status("Preparing"), "reading and checking the data, 1:21", id="preparing"),
        pytest.param(with_status(), "0 trials, 0:39 left", id="no result"),
        pytest.param(
            with_status(best=("tree", 0.95), trials=TrialCounts(total=3)), "3 trials, best tree 0.950, 0:39 left", id="searching"
        ),
        pytest.param(with_status("Finalizing", active_seconds=119.0), "building and scoring the model, 2:01", id="finalizing"),
        pytest.param(with_status("Suspended"), "suspended, nothing finished is lost; set spec.suspend: false to go on, 1:19", id="suspended"),
        pytest.param(to_stop(with_status("Suspended")), "stopping, nothing finished is lost, 1:19", id="suspended, and to stop"),
        pytest.param(with_status(active_seconds=500.0), "0 trials, 0:00 left", id="over time"),
    ],
)  # fmt: skip
def test_the_status_line_two_seconds_after_the_status(experiment: Experiment, words: str) -> None:
    assert status_line(experiment, 2.0) == words


def test_the_status_line_asks_whether_an_operator_runs_if_there_is_no_status() -> None:
    assert status_line(with_status("Pending", observed_generation=0), 31.0) == f"waiting for the operator{NO_OPERATOR}"


def test_the_end_of_a_success_has_the_score_and_the_download_command() -> None:
    score = FinalScore(metric="roc_auc", value=0.926, low=0.919, high=0.933, basis="holdout")
    assert success_lines(
        with_status("Complete", model="churn-12345", score=score), "automl download churn --out churn"
    ) == (
        "roc_auc 0.926 [0.919, 0.933]   Model: churn-12345",
        "get it: automl download churn --out churn",
    )


def test_the_end_of_a_failure_has_its_reason_and_other_problems() -> None:
    failed = a_condition("Failed", True, "DataMissing", "There is no s3://b/x.")
    assert failure_message(with_status("Failed", None, failed, STUCK)).splitlines() == [
        "DataMissing: There is no s3://b/x.",
        "RunnersReady is false: Unschedulable: 0/3 nodes.",
    ]
