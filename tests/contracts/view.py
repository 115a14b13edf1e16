"""Contract of every view: what it learned in training rows applies to any other rows, also after it was stored."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_api.metrics import TASKS, Task
from automl_model.features import Features
from automl_model.views import ViewState, apply_view, layout_of, read_view, write_view
from automl_runner.learners.learner import TrainingSet
from automl_runner.views import VIEWS
from builders.training import a_fit_context, features_of, some_rows, with_texts

FRESH = """
import json, sys
from pathlib import Path
from automl_model.views import apply_view, read_view
from builders.training import some_rows
seen = apply_view(read_view(Path(sys.argv[1])), some_rows("{task}", seed=1).features)
print(json.dumps([seen.numeric.astype(float).tolist(), seen.codes.tolist()]))
"""


def same(left: Features, right: Features) -> None:
    np.testing.assert_array_equal(left.numeric, right.numeric)
    np.testing.assert_array_equal(left.codes, right.codes)
    assert (left.numeric_names, left.code_names) == (right.numeric_names, right.code_names)
    assert left.cardinalities == right.cardinalities


class ViewContract:
    """Subclass and set `name`."""

    name: str

    def fit(self, train: TrainingSet, task: Task = "binary", seed: int = 0) -> tuple[ViewState, Features]:
        return VIEWS[self.name].fit(train, a_fit_context(task, seed))

    @pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
    @pytest.mark.parametrize("task", TASKS)
    def test_new_rows_get_the_columns_of_the_training_rows(self, task: Task, *, weighted: bool) -> None:
        train = some_rows(task, weighted=weighted)
        view, seen = self.fit(train, task)
        new = apply_view(view, some_rows(task, seed=1).features)
        assert new.numeric_names == seen.numeric_names
        assert new.layout == seen.layout == layout_of(view, train.features.layout)
        assert len(seen) == len(train.target)

    def test_a_column_that_keeps_its_name_keeps_its_values(self) -> None:
        features = some_rows("binary").features
        seen = self.fit(some_rows("binary"))[1]
        for place, name in enumerate(features.numeric_names):
            np.testing.assert_array_equal(seen.numeric[:, seen.numeric_names.index(name)], features.numeric[:, place])
        for place, name in enumerate(seen.code_names):
            column = features.code_names.index(name)
            np.testing.assert_array_equal(seen.codes[:, place], features.codes[:, column])

    @pytest.mark.parametrize("task", TASKS)
    def test_the_same_seed_gives_the_same_features(self, task: Task) -> None:
        train = some_rows(task)
        same(self.fit(train, task, 3)[1], self.fit(train, task, 3)[1])

    def test_other_rows_do_not_change_a_rows_features(self) -> None:
        view, _ = self.fit(some_rows("binary"))
        new = some_rows("binary", seed=1).features
        some = np.array([5, 3, 8])
        same(apply_view(view, new).take(some), apply_view(view, new.take(some)))

    def test_a_view_read_in_a_fresh_process_gives_the_same_features(self, tmp_path: Path) -> None:
        task: Task = "multiclass"
        view, _ = self.fit(some_rows(task), task)
        write_view(view, tmp_path)
        environment = {"PYTHONPATH": ":".join(sys.path)}
        program = [sys.executable, "-c", FRESH.format(task=task), str(tmp_path)]
        done = subprocess.run(program, env=environment, check=True, capture_output=True)
        numeric, codes = json.loads(done.stdout)
        here = apply_view(read_view(tmp_path), some_rows(task, seed=1).features)
        np.testing.assert_array_equal(here.numeric, np.array(numeric, np.float32).reshape(here.numeric.shape))
        np.testing.assert_array_equal(here.codes, np.array(codes, np.int32).reshape(here.codes.shape))

    @pytest.mark.parametrize(("numbers", "categories"), [(1, 0), (0, 1), (2, 0), (1, 1)], ids=lambda count: f"{count}")
    def test_few_columns_are_enough(self, numbers: int, categories: int) -> None:
        train = some_rows("regression")
        numeric = train.features.numeric[:, :numbers].astype(np.float64)
        codes = train.features.codes[:, :categories].astype(np.int64)
        features = features_of(numeric, codes, train.features.cardinalities[:categories])
        view, seen = self.fit(TrainingSet(features, train.target), "regression")
        assert seen.layout == layout_of(view, features.layout)

    def test_columns_that_are_empty_constant_or_infinite_do_no_harm(self) -> None:
        rows = some_rows("regression").features
        numeric = np.column_stack([rows.numeric, np.full(len(rows), np.nan), np.zeros(len(rows)), rows.numeric[:, 0]])
        numeric[::7, 5] = np.inf
        features = features_of(numeric, np.column_stack([rows.codes, np.full(len(rows), 2)]), (6, 30, 3))
        view, seen = self.fit(TrainingSet(features, some_rows("regression").target), "regression")
        assert seen.layout == layout_of(view, features.layout)

    @pytest.mark.parametrize("filled", [1, 2, 3])
    def test_a_column_with_few_values_does_no_harm(self, filled: int) -> None:
        rows = some_rows("regression", rows=400)
        sparse = np.full(400, np.nan)
        sparse[:filled] = 1.0
        numeric = np.column_stack([rows.features.numeric, sparse])
        features = features_of(numeric, rows.features.codes.astype(np.int64), rows.features.cardinalities)
        view, seen = self.fit(TrainingSet(features, rows.target), "regression")
        assert seen.layout == layout_of(view, features.layout)

    def test_a_target_with_one_value_does_no_harm(self) -> None:
        train = some_rows("binary")
        view, seen = self.fit(TrainingSet(train.features, np.zeros_like(train.target)))
        assert seen.layout == layout_of(view, train.features.layout)

    def test_codes_that_training_never_saw_count_as_unseen(self) -> None:
        train = some_rows("binary")
        view, _ = self.fit(train)
        shape = train.features.codes.shape
        unseen, beyond = (
            replace(train.features, codes=np.full(shape, code, np.int32, order="F")) for code in (1, 1000)
        )
        np.testing.assert_array_equal(apply_view(view, beyond).numeric, apply_view(view, unseen).numeric)

    def test_without_time_there_are_features_all_the_same(self) -> None:
        train = some_rows("binary")
        view, seen = VIEWS[self.name].fit(train, replace(a_fit_context("binary"), seconds_left=lambda: 0.0))
        assert seen.layout == layout_of(view, train.features.layout)
        assert apply_view(view, some_rows("binary", seed=1).features).layout == seen.layout

    def test_few_rows_do_no_harm(self) -> None:
        train = some_rows("binary", rows=6)
        view, seen = self.fit(train)
        assert seen.layout == layout_of(view, train.features.layout)

    def test_it_looks_at_the_training_rows_only(self) -> None:
        rows = some_rows("binary", 480)
        part = TrainingSet(rows.features.take(np.arange(240)), rows.target[:240])
        other = TrainingSet(features_of(*_copied(part.features)), part.target)
        texts = [column.texts() for column in part.features.texts]
        same(self.fit(part)[1], self.fit(with_texts(other, *texts))[1])

    @pytest.mark.parametrize("texts", [[""], ["?!"], ["x" * 100_000], ["猫 قطة 😀"], ["qwrtz"]])
    def test_other_texts_and_unseen_categories_are_read(self, texts: list[str]) -> None:
        state, seen = self.fit(some_rows("binary"))
        rows = with_texts(some_rows("binary", 1), texts)
        features = replace(rows.features, codes=np.ones_like(rows.features.codes))
        assert apply_view(state, features).layout == seen.layout

    @pytest.mark.parametrize("texts", [[""] * 240, ["same words"] * 240], ids=["empty", "the same"])
    def test_texts_that_tell_nothing_are_learned(self, texts: list[str]) -> None:
        state, seen = self.fit(with_texts(some_rows("binary"), texts, texts))
        new = with_texts(some_rows("binary", 2, seed=1), ["a", "b"], ["", ""]).features
        assert apply_view(state, new).layout == seen.layout
        assert not np.isinf(seen.numeric).any()

    def test_a_table_without_texts_or_other_columns_is_read(self) -> None:
        rows = some_rows("binary")
        for few in (replace(rows.features, texts=(), text_names=()), _of_texts_alone(rows)):
            state, seen = self.fit(TrainingSet(few, rows.target))
            assert apply_view(state, few).layout == seen.layout


def _copied(features: Features) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    return features.numeric.astype(np.float64), features.codes.astype(np.int64), features.cardinalities


def _of_texts_alone(rows: TrainingSet) -> Features:
    nothing = features_of(np.empty((len(rows.target), 0)), np.empty((len(rows.target), 0), int), ())
    return replace(nothing, texts=rows.features.texts, text_names=rows.features.text_names)
