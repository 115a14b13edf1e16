"""Contract of every view: what it learned in training rows applies to any other rows, also after it was stored."""

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


def same(one: Features, other: Features) -> bool:
    return np.array_equal(one.numeric, other.numeric, equal_nan=True) and np.array_equal(one.codes, other.codes)


class ViewContract:
    """Subclasses set the view's name."""

    name: str

    def fit(self, train: TrainingSet, task: Task = "binary", seed: int = 0) -> tuple[ViewState, Features]:
        return VIEWS[self.name].fit(train, a_fit_context(task, seed))

    @pytest.mark.parametrize("task", TASKS)
    def test_new_rows_get_the_columns_that_training_rows_got(self, task: Task) -> None:
        train, new = some_rows(task), some_rows(task, seed=1).features
        state, seen = self.fit(train, task)
        applied = apply_view(state, new)
        assert applied.layout == seen.layout == layout_of(state, new.layout)
        assert (applied.numeric_names, applied.code_names) == (seen.numeric_names, seen.code_names)
        assert len(set(seen.numeric_names)) == len(seen.numeric_names) == seen.numeric.shape[1]
        assert (len(seen), len(applied)) == (len(train.target), len(new))

    def test_a_view_read_back_is_the_same(self, tmp_path: Path) -> None:
        state, _ = self.fit(some_rows("binary"))
        write_view(state, tmp_path)
        new = some_rows("binary", seed=1).features
        assert same(apply_view(read_view(tmp_path), new), apply_view(state, new))

    def test_the_same_seed_gives_the_same_view(self) -> None:
        first, second = (self.fit(some_rows("binary"), seed=3)[1] for _ in range(2))
        assert same(first, second)

    def test_a_row_does_not_depend_on_the_rows_beside_it(self) -> None:
        state, _ = self.fit(some_rows("binary"))
        new = some_rows("binary", seed=1).features
        alone = apply_view(state, new.take(np.array([7])))
        assert same(alone, apply_view(state, new).take(np.array([7])))

    def test_it_looks_at_the_training_rows_only(self) -> None:
        rows = some_rows("binary", 480)
        part = TrainingSet(rows.features.take(np.arange(240)), rows.target[:240])
        other = TrainingSet(features_of(*_copied(part.features)), part.target)
        texts = [column.texts() for column in part.features.texts]
        assert same(self.fit(part)[1], self.fit(with_texts(other, *texts))[1])

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
