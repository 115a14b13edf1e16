"""The plan of a learner: the views that suit the data, and what they need."""

from dataclasses import replace

from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.prepare.learner_choice import learner_plan

BOOSTING = LEARNERS["lightgbm"].descriptor
SHAPE = Shape(rows=5000, numeric_columns=10, categorical_columns=2, cardinality=20, classes=2, task="binary")


def test_generated_features_are_tried_early_and_take_longer() -> None:
    plan = learner_plan(BOOSTING, SHAPE)
    assert plan.views == ("plain", "target_encoding", "generated_features")
    assert plan.early_views == ("generated_features",)
    assert set(plan.view_seconds) == {"generated_features"}
    assert plan.seconds_per_fold + 0.5 < plan.view_seconds["generated_features"] < plan.seconds_per_fold + 5


def test_memory_is_predicted_for_the_view_that_needs_the_most() -> None:
    assert learner_plan(BOOSTING, SHAPE).needs.memory_bytes > BOOSTING.memory_bytes(SHAPE)


def test_a_refit_on_more_rows_needs_more_memory_and_allows_fewer_views() -> None:
    fold = learner_plan(BOOSTING, SHAPE)
    more, most = (learner_plan(BOOSTING, SHAPE, replace(SHAPE, rows=rows)) for rows in (1_000_000, 50_000_000))
    assert more.replace(needs=fold.needs) == fold
    assert more.needs.memory_bytes == fold.needs.memory_bytes < more.needs.refit_memory_bytes
    assert "generated_features" not in most.views
    assert most.needs.refit_memory_bytes == BOOSTING.memory_bytes(replace(SHAPE, rows=50_000_000))


def test_generated_features_are_not_offered_without_numbers_or_with_few_rows() -> None:
    for shape in (replace(SHAPE, numeric_columns=0), replace(SHAPE, rows=50)):
        plan = learner_plan(BOOSTING, shape)
        assert plan.views == ("plain", "target_encoding")
        assert (plan.early_views, plan.view_seconds) == ((), {})


def test_categories_are_encoded_only_where_there_are_some() -> None:
    assert learner_plan(BOOSTING, replace(SHAPE, categorical_columns=0)).views == ("plain", "generated_features")


def test_text_is_read_before_features_are_generated_of_other_columns() -> None:
    plan = learner_plan(BOOSTING, replace(SHAPE, text_columns=1, text_bytes=100_000))
    assert (plan.views[0], plan.early_views) == ("text_components", ())
