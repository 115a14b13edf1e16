"""Components of texts tell rows of different topics apart, and their state is refused where no fit could make it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from automl_model.features import Features
from automl_model.terms.text_counts import text_counts
from automl_model.text_column import TextColumn
from automl_model.views import ViewState, apply_view, layout_of
from automl_runner.learners.learner import TrainingSet, unlimited
from automl_runner.learners.shared.term_fitting import fit_tf_idf
from automl_runner.views import VIEWS
from builders.training import a_fit_context, some_rows, with_texts


def fitted(train: TrainingSet) -> tuple[ViewState, Features]:
    return VIEWS["text_components"].fit(train, a_fit_context("binary"))


def column(features: Features, name: str) -> np.ndarray:
    return features.numeric[:, features.numeric_names.index(name)]


def test_topics_are_apart_by_a_component() -> None:
    rows = some_rows("binary", 200)
    generator = np.random.default_rng(0)
    topics = (["sun", "rain", "wind", "storm"], ["bond", "share", "tax", "bank"])
    texts = [" ".join(generator.choice(topics[row % 2], 6)) for row in range(200)]
    _, seen = fitted(with_texts(rows, texts))
    values = [column(seen, f"text_0=component{k}") for k in range(2)]
    assert max(abs(np.corrcoef(value, np.arange(200) % 2)[0, 1]) for value in values) > 0.95


def test_training_rows_have_the_features_that_they_would_have_as_new_rows() -> None:
    rows = some_rows("binary")
    state, seen = fitted(rows)
    np.testing.assert_array_equal(seen.numeric, apply_view(state, rows.features).numeric)


COUNTS = {
    "nothing": ("", [0, 0, 0, 0]), "spaces": (" \n", [2, 0, 0, 0]), "a sentence": ("Two Words", [9, 2, 0, 0.25]),
    "digits": ("a1 22", [5, 2, 0.6, 0]), "capitals": ("ABC", [3, 1, 0, 1]), "Greek capitals": ("ΑΒγδ", [4, 1, 0, 0.5]),
    "Arabic digits": ("٣٤", [2, 1, 1, 0]), "no letters": ("!?", [2, 1, 0, 0]), "a zero byte": ("a\0b", [3, 2, 0, 0]),
    "Chinese": ("今天", [2, 1, 0, 0]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "counts"), COUNTS.values(), ids=COUNTS)
def test_the_counts_of_a_text(text: str, counts: list[float]) -> None:
    np.testing.assert_allclose(text_counts(TextColumn.of(["before", text, "after"]))[1], counts)


def test_many_columns_share_the_components() -> None:
    rows = with_texts(
        some_rows("binary"), *[some_rows("binary", seed=seed).features.texts[0].texts() for seed in range(9)]
    )
    _, seen = fitted(rows)
    assert seen.numeric.shape[1] <= 3 + 160 + 4 * 9


HOSTILE: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "no terms": (lambda state, arrays: state.pop("terms"), "list of terms"),
    "terms of nothing": (lambda state, arrays: state.update(terms=[None]), "analyser"),
    "terms of more columns": (lambda state, arrays: state["terms"].append(state["terms"][0]), "missing"),
    "terms of no column": (lambda state, arrays: state.update(terms=[]), "columns of texts"),
    "another order": (lambda state, arrays: state["terms"][0].update(column=1), "order"),
    "a name too few": (lambda state, arrays: state["names"].pop(), "names"),
    "names of numbers": (lambda state, arrays: state.update(names=[1] * len(state["names"])), "names"),
    "no names": (lambda state, arrays: state.pop("names"), "names"),
    "no codes": (lambda state, arrays: state.update(kept=[]), "categories"),
    "a code beyond the last": (lambda state, arrays: state.update(kept=[0, 9]), "categories"),
    "no components": (lambda state, arrays: arrays.pop("components_0"), "missing"),
    "a term without components": (lambda state, arrays: arrays.update(components_0=arrays["components_0"][:-1]), "shape"),
    "components without end": (lambda state, arrays: arrays.update(components_0=np.zeros((len(arrays["components_0"]), 9999), np.float32)), "more than"),
    "infinite components": (lambda state, arrays: arrays.update(components_0=arrays["components_0"] + np.float32("inf")), "not finite"),
    "a term beyond the last": (lambda state, arrays: arrays.update(terms_0_buckets=arrays["terms_0_buckets"] + 2**20), "out of range"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_state_that_no_fit_makes_is_refused(change: Callable[..., object], words: str) -> None:
    rows = some_rows("binary")
    view, _ = fitted(rows)
    state, arrays = (
        {**view.state, "terms": [dict(facts) for facts in view.state["terms"]], "names": [*view.state["names"]]},
        dict(view.arrays),
    )
    assert layout_of(replace(view, state=state, arrays=arrays), rows.features.layout).numeric > 3
    change(state, arrays)
    with pytest.raises(ValueError, match=words):
        layout_of(ViewState("text_components", state, arrays), rows.features.layout)


def test_a_column_that_there_is_no_time_for_is_learned_from_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(column: TextColumn, *rest: Any) -> Any:
        seen.append(len(column))
        return fit_tf_idf(column, *rest)

    monkeypatch.setattr("automl_runner.learners.shared.term_fitting.fit_tf_idf", counted)
    rows = some_rows("binary", 1200)
    for seconds_left in (unlimited, lambda: 0.0):
        VIEWS["text_components"].fit(rows, replace(a_fit_context("binary"), seconds_left=seconds_left))
    assert seen == [1200, 400]
