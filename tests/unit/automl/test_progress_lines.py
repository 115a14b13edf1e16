"""The lines of a run, word for word."""

from typing import Any

import pytest

from automl.formatting import score_text
from automl.progress_lines import (
    PROGRESS_HINT,
    data_line,
    first_result_line,
    opening_line,
    progress_line,
    result_lines,
    warning_lines,
)
from automl_api.metrics import Task
from automl_api.resources import Condition, Experiment, ExperimentStatus, PlanSpec
from automl_api.resources.experiment_status import FinalScore, UserTestScore
from automl_api.resources.plan import Artefact, DataWarning, LearnerPlan, TargetProfile
from builders.control import a_minimal_experiment


def _plan(task: Task, metric: str, classes: dict[str, int], **more: Any) -> PlanSpec:
    return PlanSpec(
        task=task,
        metric=metric,
        rows=48_842,
        columns=14,
        folds=5,
        target=TargetProfile(classes=tuple(classes), counts=tuple(classes.values())),
        prepared=Artefact(path="prepared/1", digest="sha256:" + "0" * 64),
        learners=(LearnerPlan(name="linear"),),
        **more,
    )


def test_the_first_line_names_machine_and_budget() -> None:
    assert opening_line(2, 2, 24 * 2**30, "2m") == "This machine: 2 cores, 24 GiB. Budget 2m."
    assert opening_line(8, 1, 512 * 2**20, "1h") == "This machine: 8 cores (1 in use), 512 MiB. Budget 1h."
    assert opening_line(1, 1, 0, "90s") == "This machine: 1 core. Budget 90s."


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (_plan("binary", "roc_auc", {"<=50K": 37_155, ">50K": 11_687}), '(binary, 24 % ">50K"), metric roc_auc'),
        (_plan("binary", "f1", {"no": 99_980, "yes": 20}), '(binary, 0.02 % "yes"), metric f1'),
        (_plan("multiclass", "log_loss", {"a": 1, "b": 1, "c": 1}), "(multiclass, 3 classes), metric log_loss"),
        (_plan("regression", "rmse", {}), "(regression), metric rmse"),
    ],
)
def test_the_data_line_names_rows_target_task_and_metric(plan: PlanSpec, words: str) -> None:
    assert data_line(a_minimal_experiment("adult"), plan) == f'adult: 48,842 rows, target "class" {words}'


def test_a_warning_is_said_in_its_own_words() -> None:
    words = '"cancel_date" alone almost predicts the target; if it is a leak, leave it out with --ignore cancel_date'
    plan = _plan("regression", "rmse", {}, warnings=(DataWarning(code="Leak", column="cancel_date", message=words),))
    assert warning_lines(plan) == (f"warning: {words}",)


def test_results_are_short() -> None:
    assert first_result_line(7.4, "linear", 0.9049) == "7 s: linear 0.905"
    expected = "14 trials, best lightgbm 0.927, 0:41 left (Ctrl-C publishes the best so far)"
    assert progress_line(14, ("lightgbm", 0.9271), 41.2) + PROGRESS_HINT == expected
    assert progress_line(1, None, 41.2) == "1 trial, 0:41 left"


def test_the_last_line_has_score_interval_and_model() -> None:
    assert result_lines(an_ended_experiment(), "demo/adult/model") == (
        "roc_auc 0.926 [0.919, 0.933]   Model: demo/adult/model",
    )


def test_the_last_line_has_the_test_score_or_a_warning_says_why_not() -> None:
    tested = UserTestScore(metric="roc_auc", value=0.9211, low=0.9, high=0.94, rows=1000)
    assert result_lines(an_ended_experiment(test_score=tested), "m") == (
        "roc_auc 0.926 [0.919, 0.933]   test 0.921 [0.900, 0.940], 1,000 rows   Model: m",
    )
    failed = Condition(type="Tested", status="False", reason="TestFailed", message="there is no file test.csv")
    assert result_lines(an_ended_experiment(conditions=(failed,)), "m")[1:] == (
        "warning: there is no test score: there is no file test.csv",
    )


def an_ended_experiment(**status: Any) -> Experiment:
    score = FinalScore(metric="roc_auc", value=0.9258, low=0.9191, high=0.9333, basis="holdout")
    return a_minimal_experiment("adult").replace(status=ExperimentStatus(state="Complete", score=score, **status))


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.92549, "0.925"),
        (0.0123456, "0.0123"),
        (12.3456, "12.35"),
        (123.456, "123.5"),
        (54321.9, "54,322"),
        (0.0, "0.000"),
    ],
)
def test_scores_are_rounded_to_significant_digits(score: float, text: str) -> None:
    assert score_text(score) == text
