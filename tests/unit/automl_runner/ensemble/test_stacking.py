"""The stack: a linear model of the members' predictions, mixed with the blend as far as unseen parts prove it better."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_model.calibration import Calibration
from automl_model.stack import Stack, combined
from automl_runner.ensemble.crossfit import Crossfit
from automl_runner.ensemble.stacking import (
    LEAST_ROWS,
    MOST_MEMBERS,
    SHARES,
    can_be_stacked,
    fit_stack,
    with_best_of_each_learner,
)
from automl_runner.ensemble.validation_target import ValidationTarget
from builders.candidates import an_in_memory_candidate
from builders.fitting import BOOSTED, LINEAR, TREES, Pipeline

ROWS, FOLDS = 2_000, 4
GENERATOR = np.random.default_rng(0)
FOLD_OF = np.repeat(np.arange(FOLDS), ROWS // FOLDS)
SIGNAL = GENERATOR.normal(size=ROWS)
SHARED_ERROR = GENERATOR.normal(size=ROWS)
"""An error that all members make, one twice as much as the other: only a negative coefficient takes it out."""


def crossfit(metric: str, target: np.ndarray, *values: np.ndarray, ordered: bool = False) -> Crossfit:
    candidates = [an_in_memory_candidate(f"learner_{place}", one, FOLD_OF) for place, one in enumerate(values)]
    units = np.arange(ROWS) if ordered else None
    folds = tuple(range(FOLDS))
    return Crossfit(candidates, ValidationTarget(metric, folds, target, None, FOLD_OF, 0, units, ordered))


def chances(scores: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - (positive := 1 / (1 + np.exp(-scores))), positive])


def members_with_a_shared_error() -> list[np.ndarray]:
    return [SIGNAL + times * SHARED_ERROR for times in (1.0, 2.0)]


def test_values_are_fitted_by_a_linear_model_with_an_intercept() -> None:
    stack = fit_stack(np.stack(members_with_a_shared_error()), 3.0 + SIGNAL, None)
    assert stack.coefficients == pytest.approx((2.0, -1.0), abs=0.2)
    assert stack.intercepts == pytest.approx((3.0,), abs=0.01)


@pytest.mark.parametrize("classes", [2, 5])
def test_a_member_that_is_too_sure_is_corrected_in_every_class(classes: int) -> None:
    logits = 2 * GENERATOR.normal(size=(ROWS, classes))
    powers = np.exp(logits)
    true = powers / powers.sum(axis=1, keepdims=True)
    target = np.array([GENERATOR.choice(classes, p=row) for row in true])
    sure = true**3 / (true**3).sum(axis=1, keepdims=True)
    stack = fit_stack(sure[None], target, None)
    assert stack.coefficients == pytest.approx((1 / 3,), abs=0.05)
    assert np.abs(stack.predict(sure[None]) - true).mean() < 0.05


def test_rows_of_weight_nothing_do_not_count() -> None:
    first, second = members_with_a_shared_error()
    wrong = np.arange(ROWS) % 2 == 0
    target = np.where(wrong, -5.0, SIGNAL)
    stack = fit_stack(np.stack([first, second]), target, np.where(wrong, 0.0, 1.0))
    assert stack.coefficients == pytest.approx((2.0, -1.0), abs=0.2)


@pytest.mark.parametrize("metric", ["rmse", "roc_auc", "log_loss"])
def test_a_stack_that_corrects_a_shared_error_gets_its_largest_share(metric: str) -> None:
    values = members_with_a_shared_error()
    if metric == "rmse":
        found = crossfit(metric, SIGNAL, *values)
    else:
        target = (GENERATOR.random(ROWS) < 1 / (1 + np.exp(-3 * SIGNAL))).astype(np.int64)
        found = crossfit(metric, target, *map(chances, values))
    choice = found.choose()
    assert choice.stack.share == SHARES[-1]
    assert choice.stack.coefficients[0] > 0 > choice.stack.coefficients[1]


def test_a_perfect_member_needs_no_stack_and_no_others() -> None:
    choice = crossfit("rmse", SIGNAL, SIGNAL, SIGNAL + SHARED_ERROR).choose()
    assert choice.stack == Stack()
    assert choice.weights == {0: 1.0}


def test_folds_in_order_of_time_have_no_stack() -> None:
    assert crossfit("rmse", SIGNAL, *members_with_a_shared_error(), ordered=True).choose().stack == Stack()


@pytest.mark.parametrize(
    ("metric", "rows", "outputs", "possible"),
    [
        ("rmse", LEAST_ROWS, 1, True),
        ("log_loss", LEAST_ROWS, 2, True),
        ("rmse", LEAST_ROWS - 1, 1, False),
        ("log_loss", LEAST_ROWS, 200, False),
        ("log_loss", 10_000, 26, True),
        ("f1", LEAST_ROWS, 2, False),
        ("rmsle", LEAST_ROWS, 1, False),
    ],
    ids=[
        "values", "probabilities", "few rows", "few rows of each class", "many classes", "a tuned threshold",
        "values with a lowest one",
    ],
)  # fmt: skip
def test_where_a_stack_is_possible(metric: str, rows: int, outputs: int, possible: bool) -> None:
    assert can_be_stacked(metric, rows, outputs) is possible


def test_a_member_that_hardly_varies_gets_no_coefficient() -> None:
    constant = np.ones(ROWS) + 1e-9 * GENERATOR.normal(size=ROWS)
    stack = fit_stack(np.stack([SIGNAL, constant, np.zeros(ROWS)]), 2 * SIGNAL, None)
    assert stack.coefficients == pytest.approx((2.0, 0.0, 0.0), abs=0.1)
    assert stack.coefficients[1:] == (0.0, 0.0)


def test_a_row_alone_has_the_bits_that_it_has_among_others() -> None:
    members = GENERATOR.dirichlet(np.ones(3), (5, 1001))
    stack = Stack(share=0.5, coefficients=(0.5, -0.2, 0.1, 0.4, 0.3), intercepts=(0.1, 0.0, -0.1))
    whole = combined(members, [0.2] * 5, Calibration(1.1), stack)
    alone = [combined(members[:, row : row + 1], [0.2] * 5, Calibration(1.1), stack) for row in range(1001)]
    assert (np.concatenate(alone) == whole).all()


def test_the_best_candidate_of_every_learner_joins_the_stack() -> None:
    learners = {4: "mlp", 2: "lightgbm", 0: "linear", 3: "lightgbm", 1: "mlp"}
    assert with_best_of_each_learner({3: 0.7, 4: 0.3}, learners) == (3, 4, 2, 0)
    many = {index: f"learner_{index}" for index in range(30)}
    assert with_best_of_each_learner({29: 1.0}, many) == (29, *range(MOST_MEMBERS - 1))


def test_blend_and_stack_are_mixed_by_the_share() -> None:
    members = np.array([[1.0, 2.0], [3.0, 6.0]])
    stack = Stack(share=0.25, coefficients=(2.0, -1.0), intercepts=(10.0,))
    found = combined(members, [0.5, 0.5], Calibration(), stack)
    assert found == pytest.approx([0.75 * 2.0 + 0.25 * 9.0, 0.75 * 4.0 + 0.25 * 8.0])
    assert combined(members, [0.5, 0.5], Calibration(), Stack()) == pytest.approx([2.0, 4.0])


def test_probabilities_of_a_stack_are_probabilities_even_where_a_member_is_certain() -> None:
    stack = Stack(share=1.0, coefficients=(5.0, -3.0), intercepts=(0.0, 100.0, -100.0))
    certain = np.array([[[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]])
    found = stack.predict(certain)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("target", ["number", "text", "whole"])
def test_the_published_model_predicts_with_its_stack(target: str, tmp_path: Path) -> None:
    """The bundle's own predictions, read from its files, are those of blend and stack together."""
    frame = _curved(target)
    metric = {"number": "rmse"}.get(target, "log_loss")
    pipeline = Pipeline(
        tmp_path, target, frame=frame, evaluation={"folds": 5}, objective={"metric": metric}, **_task_of(target)
    )
    for configuration in (LINEAR, TREES, BOOSTED):
        pipeline.fit(configuration)
    model = pipeline.publish()
    stack, members = model.facts.stack, model.facts.members
    assert stack.share in SHARES
    assert len(stack.coefficients) == len(members) == 3
    assert math.isclose(sum(member.weight for member in members), 1.0)
    features = model.encoder.apply(frame.drop(columns="y"))
    means = [sum(one.predict(features) for one in model.models if one.member == place) for place in range(len(members))]
    weights = [member.weight for member in members]
    expected = combined(np.stack(means), weights, Calibration(model.facts.temperature), stack)
    np.testing.assert_allclose(model.outputs(features), expected)
    score = pipeline.model.score
    assert score.low < score.value < score.high
    assert f"makes {1 - stack.share:.0%} of each prediction" in (model.path / "README.md").read_text()


@pytest.mark.parametrize(
    ("evaluation", "refitted"),
    [({"folds": 5, "holdout": "20%"}, True), ({"folds": 3}, True), ({"folds": 5, "groupColumn": "group"}, False)],
    ids=["a holdout", "refits", "groups"],
)
def test_every_kind_of_folds_without_time_may_have_a_stack(
    evaluation: dict[str, object], refitted: bool, tmp_path: Path
) -> None:
    frame = _curved("number").assign(group=[f"g{place % 40}" for place in range(1_000)])
    pipeline = Pipeline(tmp_path, "number", frame=frame, evaluation=evaluation, objective={"metric": "rmse"})
    for configuration in (LINEAR, TREES, BOOSTED):
        pipeline.fit(configuration)
    for number in range(3 if refitted else 0):
        pipeline.refit(number)
    model = pipeline.publish()
    assert model.facts.stack.share in SHARES
    assert np.corrcoef(model.predict(frame), frame["y"])[0, 1] > 0.9


def _task_of(target: str) -> dict[str, str]:
    return {"task": "multiclass"} if target == "whole" else {}


def _curved(target: str) -> pd.DataFrame:
    """A target that is linear and curved, so that neither the linear model nor the trees have all of it."""
    generator = np.random.default_rng(1)
    columns = generator.normal(size=(1_000, 4))
    value = columns @ [2.0, 1.0, -1.0, 0.5] + 2 * np.sin(3 * columns[:, 0]) + 0.5 * generator.normal(size=1_000)
    labels = {
        "number": value,
        "text": np.where(value + generator.normal(size=1_000) > 0, "yes", "no"),
        "whole": np.digitize(value + generator.normal(size=1_000), [-1.0, 1.0]) * 10,
    }
    return pd.DataFrame(columns, columns=list("abcd")).assign(y=labels[target])
