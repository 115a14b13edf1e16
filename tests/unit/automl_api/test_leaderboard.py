"""The order of a leaderboard."""

import pytest

from automl_api.leaderboard import best_first, leaderboard_entry
from automl_api.resources import Configuration

LINEAR = Configuration(view="plain", learner="linear", parameters={"c": 1.0})
ENTRIES = tuple(
    leaderboard_entry(trial, LINEAR, score, folds)
    for trial, score, folds in (("one-fold", 0.99, 1), ("low", 0.5, 5), ("high", 0.7, 5), ("high-too", 0.7, 5))
)


def test_a_line_names_the_trials_configuration() -> None:
    entry = ENTRIES[0]
    assert (entry.trial, entry.learner, entry.view, entry.score, entry.folds) == (
        "one-fold",
        "linear",
        "plain",
        0.99,
        1,
    )


@pytest.mark.parametrize(
    ("metric", "trials"),
    [
        pytest.param("roc_auc", ["high", "high-too", "low", "one-fold"], id="the greater score is better"),
        pytest.param("rmse", ["low", "high", "high-too", "one-fold"], id="the smaller score is better"),
    ],
)
def test_more_folds_come_first_then_better_scores_then_earlier_trials(metric: str, trials: list[str]) -> None:
    assert [entry.trial for entry in best_first(ENTRIES, metric)] == trials
