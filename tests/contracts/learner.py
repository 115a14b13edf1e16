"""Contract of every learner, whatever its library."""

import json
import subprocess
import sys
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

FRESH = """
import importlib, json, os, sys
from automl_runner.children.work import program
from automl_runner.learners import LEARNERS
from automl_runner.mounts import Mounts
from builders.training import a_fit_context, some_rows, shape_of
learner = LEARNERS["{name}"]
for module in program(Mounts()).modules_for("fit {name}"):
    importlib.import_module(module)
before, threads = set(sys.modules), len(os.listdir("/proc/self/task"))
for task in learner.descriptor.tasks:
    rows = some_rows(task, 2000 if task == learner.descriptor.tasks[0] else 240)
    fitted = learner.fit(learner.descriptor.default(shape_of(rows, task)), rows, rows, a_fit_context(task))
    fitted.estimator.predict(rows.features)
started = len(os.listdir("/proc/self/task")) - threads
ours = ("automl_model", "automl_runner", "sklearn", "scipy", learner.descriptor.library)
imported = sorted(name for name in set(sys.modules) - before if name.partition(".")[0] in ours)
print(json.dumps(dict(threads=started, imported=imported)))
"""

BLOCKED = """
import sys
for name in ("catboost", "lightgbm", "sklearn", "scipy", "xgboost"):
    sys.modules[name] = None
from automl_runner.learners import descriptors
print([found.name for found in descriptors()])
"""


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


def python(program: str) -> str:
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


@cache
def in_a_fresh_process(name: str) -> dict[str, Any]:
    """The threads and the imports of a learner's fits, in a process with only the modules that its descriptor names."""
    found: dict[str, Any] = json.loads(python(FRESH.format(name=name)))
    return found


def seconds_left_of_a_fast_machine() -> Callable[[], float]:
    """A clock on which a second has a million questions."""
    left = count(1_000_000, -1)
    return lambda: next(left) * 1e-6


class LearnerContract:
    """Subclasses set the learner's name."""

    name: str
    rows_of_a_rare_class = 10_000

    def fit(self, task: Task, train: TrainingSet, valid: TrainingSet, seed: int = 0) -> Fitted:
        learner = LEARNERS[self.name]
        if task not in learner.descriptor.tasks:
            pytest.skip(f"{self.name} does not learn a {task} target")
        return learner.fit(learner.descriptor.default(shape_of(train, task)), train, valid, a_fit_context(task, seed))

    def predictions(self, task: Task, train: TrainingSet, valid: TrainingSet) -> np.ndarray:
        predicted = self.fit(task, train, valid).estimator.predict(valid.features)
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
        valid = some_rows(task, seed=1)
        predicted = self.predictions(task, some_rows(task), valid)
        if task == "regression":
            assert np.mean((predicted - valid.target) ** 2) < 0.5 * np.var(valid.target)
        else:
            assert (predicted.argmax(axis=1) == valid.target).mean() > 1.5 / CLASS_COUNTS[task]

    @pytest.mark.parametrize("task", TASKS)
    def test_a_model_read_back_predicts_bit_for_bit_the_same(self, task: Task, tmp_path: Path) -> None:
        valid = some_rows(task, seed=1)
        estimator = self.fit(task, some_rows(task), valid).estimator
        estimator.write(tmp_path)
        assert (read_estimator(tmp_path).predict(valid.features) == estimator.predict(valid.features)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_the_same_seed_gives_the_same_model(self, task: Task) -> None:
        train, valid = some_rows(task), some_rows(task, seed=1)
        first, second = (self.fit(task, train, valid, seed=5).estimator.predict(valid.features) for _ in range(2))
        assert (first == second).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_a_fit_without_time_gives_a_model_of_fewer_rounds(self, task: Task) -> None:
        learner, train, valid = LEARNERS[self.name], some_rows(task), some_rows(task, seed=1)
        context = replace(a_fit_context(task), seconds_left=lambda: 0.0)
        fitted = learner.fit(learner.descriptor.default(shape_of(train, task)), train, valid, context)
        assert np.isfinite(fitted.estimator.predict(valid.features)).all()
        whole = self.fit(task, train, valid).rounds
        assert fitted.rounds == 0 if whole == 0 else 0 < fitted.rounds < whole

    @pytest.mark.parametrize("task", TASKS)
    def test_a_deadline_that_does_not_bind_changes_nothing(self, task: Task) -> None:
        learner, train, valid = LEARNERS[self.name], some_rows(task), some_rows(task, seed=1)
        default = learner.descriptor.default(shape_of(train, task))
        # Enough time for the fit, but so little that a learner may train in parts.
        context = replace(a_fit_context(task), seconds_left=seconds_left_of_a_fast_machine())
        bound = learner.fit(default, train, valid, context).estimator.predict(valid.features)
        assert (bound == self.fit(task, train, valid).estimator.predict(valid.features)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_heavier_rows_count_more(self, task: Task) -> None:
        valid, rows = some_rows(task, seed=1), some_rows(task)
        # The target says nothing about the features, so that a model can only follow the weights.
        train = TrainingSet(rows.features, np.random.default_rng(0).permutation(rows.target))
        high = train.target > np.median(train.target)
        heavier = TrainingSet(train.features, train.target, np.where(high, 20.0, 1.0))
        level = np.arange(CLASS_COUNTS[task])
        before, after = (
            predicted if task == "regression" else predicted @ level
            for predicted in (self.predictions(task, rows, valid) for rows in (train, heavier))
        )
        assert after.mean() > before.mean()

    def test_rows_with_unseen_categories_are_predicted(self) -> None:
        train, valid = some_rows("binary"), some_rows("binary", seed=1)
        codes = valid.features.codes.copy()
        codes[::2] = 1
        features = replace(valid.features, codes=codes)
        self.predictions("binary", train, TrainingSet(features, valid.target))

    @pytest.mark.parametrize("kind", ["one number", "one category", "one constant", "one number without values"])
    @pytest.mark.parametrize("task", TASKS)
    def test_one_column_is_enough(self, task: Task, kind: str) -> None:
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

    @pytest.mark.parametrize("task", TASKS)
    def test_texts_without_a_word_are_predicted(self, task: Task) -> None:
        train, valid = (with_texts(some_rows(task, seed=seed), [""] * 240, ["?!"] * 240) for seed in (0, 1))
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
        assert in_a_fresh_process(self.name)["threads"] == 0

    def test_its_descriptor_needs_no_library(self) -> None:
        assert self.name in python(BLOCKED)

    def test_its_fit_imports_only_modules_that_it_names(self) -> None:
        assert in_a_fresh_process(self.name)["imported"] == []

    def test_its_models_have_the_kind_that_its_descriptor_names(self) -> None:
        descriptor = LEARNERS[self.name].descriptor
        rows = some_rows(descriptor.tasks[0])
        kind = self.fit(descriptor.tasks[0], rows, rows).estimator.kind
        assert kind in KINDS
        assert kind == descriptor.estimator
