"""Contract of every learner, whatever its library."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_api.base import Scalar
from automl_api.metrics import TASKS, Task
from automl_api.resources.search_space import Parameter
from automl_model.estimators import KINDS, read_estimator
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Fitted, LearnerRefused, Shape, TrainingSet
from builders.fresh_process import names_without_libraries, traces_of_a_fit
from builders.training import (
    CLASS_COUNTS,
    a_fit_context,
    features_of,
    shape_of,
    some_rows,
    telling_texts,
    with_texts,
)

CLASSES_OF_TASKS: tuple[tuple[int, Task], ...] = ((1, "regression"), (2, "binary"), (26, "multiclass"))
SHAPES = [
    Shape(rows, numbers, categories, 20 * categories, classes, task)
    for rows in (20, 1_000, 1_000_000)
    for numbers, categories in ((1, 0), (0, 1), (14, 8), (10_000, 0))
    for classes, task in CLASSES_OF_TASKS
] + [Shape(rows, 2, 1, 20, 26, "multiclass", 3, 3_000 * rows) for rows in (20, 1_000, 1_000_000)]

ONE_COLUMN: tuple[tuple[str, Task], ...] = (
    ("one number", "regression"),
    ("one category", "multiclass"),
    ("one constant", "binary"),
    ("one constant", "regression"),
    ("one number without values", "multiclass"),
)
"""Each kind of column and each task at least once; all pairs would take three times as long."""


def default_is_inside(value: Scalar, parameter: Parameter) -> bool:
    if parameter.type == "choice":
        return value in parameter.choices
    assert parameter.low is not None
    assert parameter.high is not None
    type_fits = parameter.type == "float" or isinstance(value, int)
    return type_fits and parameter.low <= float(value) <= parameter.high


def one_positive(rows: int, seed: int) -> TrainingSet:
    """Rows of two classes; one row is of the second, and unlike the others in a number."""
    found = some_rows("binary", rows, seed)
    numeric: np.ndarray[Any, np.dtype[np.float64]] = found.features.numeric.astype(np.float64)
    numeric[0, 0] += 2.0
    features = features_of(numeric, found.features.codes.astype(np.int64), found.features.cardinalities)
    return TrainingSet(features, (np.arange(rows) == 0).astype(np.int64))


@cache
def usual_rows(task: Task, seed: int = 0) -> TrainingSet:
    """Rows that most tests share; seed 1 gives those to validate on."""
    return some_rows(task, seed=seed)


@cache
def usual_fit(name: str, task: Task) -> Fitted:
    """A learner's fit to the usual rows; tests only read it."""
    learner, train = LEARNERS[name], usual_rows(task)
    return learner.fit(
        learner.descriptor.default(shape_of(train, task)), train, usual_rows(task, 1), a_fit_context(task)
    )


def seconds_left_of_a_fast_machine() -> Callable[[], float]:
    """A clock on which a second has a million questions."""
    left = count(1_000_000, -1)
    return lambda: next(left) * 1e-6


class LearnerContract:
    """Subclasses set the learner's name."""

    name: str
    rows_of_a_rare_class = 10_000

    def skip_other(self, task: Task) -> None:
        if task not in LEARNERS[self.name].descriptor.tasks:
            pytest.skip(f"{self.name} does not learn a {task} target")

    def usual(self, task: Task) -> Fitted:
        self.skip_other(task)
        return usual_fit(self.name, task)

    def fit(self, task: Task, train: TrainingSet, valid: TrainingSet, **changes: Any) -> Fitted:
        self.skip_other(task)
        learner = LEARNERS[self.name]
        context = replace(a_fit_context(task), **changes)
        return learner.fit(learner.descriptor.default(shape_of(train, task)), train, valid, context)

    def predictions(self, task: Task, train: TrainingSet, valid: TrainingSet) -> np.ndarray:
        return self.checked(task, self.fit(task, train, valid), valid)

    def checked(self, task: Task, fitted: Fitted, valid: TrainingSet) -> np.ndarray:
        """The predictions of a model, which are possible ones."""
        predicted = fitted.estimator.predict(valid.features)
        assert np.isfinite(predicted).all()
        assert predicted.shape == (
            (len(valid.target),) if task == "regression" else (len(valid.target), CLASS_COUNTS[task])
        )
        if task != "regression":
            assert predicted.min() >= 0
            np.testing.assert_allclose(predicted.sum(axis=1), 1.0, atol=1e-6)
        return predicted

    @pytest.mark.parametrize("task", TASKS)
    def test_it_learns_from_numbers_categories_and_gaps(self, task: Task) -> None:
        valid = usual_rows(task, 1)
        predicted = self.checked(task, self.usual(task), valid)
        if task == "regression":
            assert np.mean((predicted - valid.target) ** 2) < 0.5 * np.var(valid.target)
        else:
            assert (predicted.argmax(axis=1) == valid.target).mean() > 1.5 / CLASS_COUNTS[task]

    @pytest.mark.parametrize("task", TASKS)
    def test_a_model_read_back_predicts_bit_for_bit_the_same(self, task: Task, tmp_path: Path) -> None:
        valid, estimator = usual_rows(task, 1), self.usual(task).estimator
        estimator.write(tmp_path)
        assert (read_estimator(tmp_path).predict(valid.features) == estimator.predict(valid.features)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_the_same_seed_gives_the_same_model(self, task: Task) -> None:
        train, valid = some_rows(task), some_rows(task, seed=1)
        first, second = self.usual(task).estimator, self.fit(task, train, valid).estimator
        assert (first.predict(valid.features) == second.predict(valid.features)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_a_fit_without_time_gives_a_model_of_fewer_rounds(self, task: Task) -> None:
        train, valid = usual_rows(task), usual_rows(task, 1)
        fitted = self.fit(task, train, valid, seconds_left=lambda: 0.0)
        assert np.isfinite(fitted.estimator.predict(valid.features)).all()
        whole = self.usual(task).rounds
        assert fitted.rounds == 0 if whole == 0 else 0 < fitted.rounds < whole

    @pytest.mark.parametrize("task", TASKS)
    def test_a_deadline_that_does_not_bind_changes_nothing(self, task: Task) -> None:
        train, valid = usual_rows(task), usual_rows(task, 1)
        # Enough time for the fit, but so little that a learner may train in parts.
        bound = self.fit(task, train, valid, seconds_left=seconds_left_of_a_fast_machine()).estimator
        assert (bound.predict(valid.features) == self.usual(task).estimator.predict(valid.features)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_heavier_rows_count_more(self, task: Task) -> None:
        valid, rows = usual_rows(task, 1), usual_rows(task)
        # The target says nothing about the features, so that a model can only follow the weights.
        train = TrainingSet(rows.features, np.random.default_rng(0).permutation(rows.target))
        high = train.target > np.median(train.target)
        heavier = TrainingSet(train.features, train.target, np.where(high, 20.0, 1.0))
        level = np.arange(CLASS_COUNTS[task])
        before, after = (
            predicted if task == "regression" else predicted @ level
            for predicted in (self.predictions(task, given, valid) for given in (train, heavier))
        )
        assert after.mean() > before.mean()

    def test_rows_with_unseen_categories_are_predicted(self) -> None:
        valid = usual_rows("binary", 1)
        codes = valid.features.codes.copy()
        codes[::2] = 1
        features = replace(valid.features, codes=codes)
        self.checked("binary", self.usual("binary"), TrainingSet(features, valid.target))

    @pytest.mark.parametrize(("kind", "task"), ONE_COLUMN)
    def test_one_column_is_enough(self, kind: str, task: Task) -> None:
        sets = []
        for seed in (0, 1):
            rows = some_rows(task, seed=seed)
            number: np.ndarray[Any, np.dtype[np.float64]] = rows.features.numeric[:, :1].astype(np.float64)
            codes, cardinalities = np.empty((240, 0), int), tuple[int, ...]()
            if kind == "one category":
                number, codes, cardinalities = np.empty((240, 0)), rows.features.codes[:, :1], (6,)
            elif kind != "one number":
                number = np.full((240, 1), 1.0 if kind == "one constant" else np.nan)
            sets.append(TrainingSet(features_of(number, codes, cardinalities), rows.target))
        self.predictions(task, *sets)

    def test_texts_without_a_word_are_predicted(self) -> None:
        descriptor = LEARNERS[self.name].descriptor
        for task in descriptor.tasks if descriptor.reads_text else descriptor.tasks[:1]:
            train, valid = (with_texts(usual_rows(task, seed), [""] * 240, ["?!"] * 240) for seed in (0, 1))
            self.predictions(task, train, valid)

    @pytest.mark.parametrize("task", TASKS)
    def test_what_reads_text_learns_from_texts_alone(self, task: Task) -> None:
        if not LEARNERS[self.name].descriptor.reads_text:
            pytest.skip(f"{self.name} reads no text")
        nothing = features_of(np.empty((240, 0)), np.empty((240, 0), int), ())
        sets = []
        for seed in (0, 1):
            rows = some_rows(task, seed=seed)
            told = telling_texts(rows.target, seed)
            sets.append(with_texts(TrainingSet(nothing, rows.target), some_rows(task).features.texts[0].texts(), told))
        predicted = self.predictions(task, *sets)
        if task == "regression":
            assert np.mean((predicted - sets[1].target) ** 2) < 0.2 * np.var(sets[1].target)
        else:
            assert (predicted.argmax(axis=1) == sets[1].target).mean() > 0.9

    def test_a_class_without_training_rows_is_improbable(self) -> None:
        train, valid = some_rows("multiclass"), some_rows("multiclass", seed=1)
        kept = np.flatnonzero(train.target != 2)
        predicted = self.predictions("multiclass", TrainingSet(train.features.take(kept), train.target[kept]), valid)
        assert predicted[:, 2].max() < 0.05

    def test_a_class_of_a_single_row_does_not_make_it_diverge(self) -> None:
        train, valid = (one_positive(self.rows_of_a_rare_class, seed) for seed in (0, 1))
        of_true_class = self.predictions("binary", train, valid)[np.arange(len(valid.target)), valid.target]
        loss = -np.log(np.maximum(of_true_class, 1e-7)).mean()
        share = 1 / len(valid.target)
        constant = -(share * np.log(share) + (1 - share) * np.log(1 - share))
        assert loss < 2.5 * constant

    def test_an_unknown_parameter_is_refused_by_name(self) -> None:
        rows = some_rows("binary")
        with pytest.raises(LearnerRefused, match="depht"):
            LEARNERS[self.name].fit({"depht": 3}, rows, rows, a_fit_context("binary"))

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_default_and_portfolio_lie_in_the_space(self, shape: Shape) -> None:
        descriptor = LEARNERS[self.name].descriptor
        space = {parameter.name: parameter for parameter in descriptor.space(shape)}
        for parameters in (descriptor.default(shape), *descriptor.portfolio(shape)):
            assert set(parameters) == set(space)
            outside = {name: value for name, value in parameters.items() if not default_is_inside(value, space[name])}
            assert outside == {}

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_needs_are_predicted_for_every_shape(self, shape: Shape) -> None:
        descriptor = LEARNERS[self.name].descriptor
        assert descriptor.seconds(shape) > 0
        assert descriptor.memory_bytes(shape) > shape.rows * shape.numeric_columns * 4

    def test_a_fit_starts_no_thread(self) -> None:
        assert traces_of_a_fit(self.name)["threads"] == 0

    def test_its_descriptor_needs_no_library(self) -> None:
        assert self.name in names_without_libraries()

    def test_its_fit_imports_only_modules_that_it_names(self) -> None:
        assert traces_of_a_fit(self.name)["imported"] == []

    def test_its_models_have_the_kind_that_its_descriptor_names(self) -> None:
        descriptor = LEARNERS[self.name].descriptor
        kind = self.usual(descriptor.tasks[0]).estimator.kind
        assert kind in KINDS
        assert kind == descriptor.estimator
