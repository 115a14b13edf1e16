"""Columns of texts: told from categories, kept in the prepared data, and offered to learners that read them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from automl_model.encoding import Encoder, SchemaError
from automl_model.encoding.column import column_of
from automl_model.text_column import MOST_CHARACTERS
from automl_runner.failures import WorkFailed
from automl_runner.prepare.kinds import kind_of
from builders.preparing import PreparedRun, a_table, prepare_table

ROWS = 120
NUMBERS = np.random.default_rng(0).permutation(ROWS)
SENTENCES = [f"the {number}th of many sentences about nothing" for number in NUMBERS]
CHINESE = [f"这是第{number}个关于虚无的句子" for number in NUMBERS]
THAI = [f"นี่คือประโยคที่{number}เกี่ยวกับความว่างเปล่า" for number in NUMBERS]


def prepared(place: Path, cells: list[Any], **changes: Any) -> PreparedRun:
    return prepare_table({**a_table(ROWS), "x": cells}, place, **changes)


def read_as(run: PreparedRun) -> tuple[str, str]:
    return next((profile.kind, profile.reason) for profile in run.prepared.info.profiles if profile.name == "x")


KINDS = {
    "sentences": (SENTENCES, "text"),
    "Chinese sentences": (CHINESE, "text"),
    "Thai sentences": (THAI, "text"),
    "sentences with gaps": ([None, *SENTENCES[1:]], "text"),
    "sentences, a third of them repeated": ([*SENTENCES[:80], *SENTENCES[:40]], "text"),
    "few sentences": ([*SENTENCES[:30]] * 4, "categorical"),
    "names": ([f"Jan {number} Piet" for number in NUMBERS // 2], "categorical"),
    "addresses of pages": ([f"https://example.org/a/b/c/d/{number // 2}" for number in NUMBERS], "categorical"),
}


@pytest.mark.parametrize(("cells", "kind"), KINDS.values(), ids=KINDS)
def test_texts_are_told_from_categories(cells: list[Any], kind: str) -> None:
    found = kind_of("x", column_of(pd.Series(cells)))
    assert found.encoder is not None
    assert found.encoder.kind == kind


def test_the_profile_says_why_a_column_is_text_and_who_reads_it(tmp_path: Path) -> None:
    kind, reason = read_as(prepared(tmp_path, SENTENCES))
    assert kind == "text"
    assert "texts of 7 words" in reason
    assert "100% of them differ" in reason
    assert "text_linear" in reason


@pytest.mark.parametrize(
    ("cells", "given"), [(SENTENCES, "categorical"), (["a b", "c"] * 60, "text"), ([1, 2] * 60, "text")]
)
def test_the_user_decides_what_is_text(tmp_path: Path, cells: list[Any], given: str) -> None:
    cells = [cells[0], *cells[:-1]] if given == "categorical" else cells
    run = prepared(tmp_path, cells, data={"columns": [{"name": "x", "type": given}]})
    assert read_as(run)[0] == given


def test_dates_cannot_be_text(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r'"x" cannot be text, as data\.columns says: it holds dates'):
        prepared(tmp_path, list(pd.date_range("2024", periods=ROWS)), data={"columns": [{"name": "x", "type": "text"}]})


def test_the_prepared_data_hold_the_texts_of_every_row(tmp_path: Path) -> None:
    other = [None if number < 10 else text for number, text in zip(NUMBERS, CHINESE, strict=True)]
    table = {**a_table(ROWS), "x": SENTENCES, "empty": other}
    features = prepare_table(table, tmp_path).prepared.features
    assert features.text_names == ("x", "empty")
    assert [column.texts() for column in features.texts] == [SENTENCES, [text or "" for text in other]]
    some = features.take(np.array([5, 3]))
    assert some.texts[0].texts() == [SENTENCES[5], SENTENCES[3]]
    assert some.texts[0].buffer is features.texts[0].buffer
    assert isinstance(some.texts[0].buffer, np.memmap)


def test_a_long_cell_is_cut_with_a_note(tmp_path: Path) -> None:
    run = prepared(tmp_path, ["long " * 200_000, *SENTENCES[1:]])
    assert len(run.prepared.features.texts[0].texts()[0]) == MOST_CHARACTERS
    (warning,) = run.warnings_with("Repaired")
    assert warning.message == '"x" has 1 cells of more than 20,000 characters; only their beginning is read'


def test_a_column_with_more_text_than_arrow_can_join_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl_model.encoding.column.MOST_TEXT_BYTES", 100_000)
    column = column_of(pa.chunked_array([["a " * 30_000], ["b " * 30_000, "c"]]))
    assert column.texts is not None
    assert pc.utf8_length(column.texts.uniques).to_pylist() == [MOST_CHARACTERS + 1, MOST_CHARACTERS + 1, 1]
    assert any("more than 20,000" in warning.message for warning in kind_of("x", column).warnings)


LEFT_OUT = {
    "the same text": ([SENTENCES[0]] * ROWS, "Constant", "has the same value in every row"),
    "another column": (None, "DuplicateColumn", 'says the same as "x" in every row'),
}


@pytest.mark.parametrize(("cells", "code", "words"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_text_that_tells_nothing_is_left_out(tmp_path: Path, cells: list[Any] | None, code: str, words: str) -> None:
    given = {"columns": [{"name": "again", "type": "text"}]}
    run = prepare_table({**a_table(ROWS), "x": SENTENCES, "again": cells or SENTENCES}, tmp_path, data=given)
    (warning,) = run.warnings_with(code)
    assert words in warning.message
    assert run.prepared.features.text_names == ("x",)


def test_rows_that_differ_in_their_text_are_no_duplicates(tmp_path: Path) -> None:
    table = {"x": SENTENCES, "c": ["a", "b"] * 60, "y": ["yes", "yes", "no", "no"] * 30}
    assert prepare_table(table, tmp_path).warnings_with("DuplicateRows") == []
    table = {"x": [*SENTENCES[:70], *SENTENCES[:50]], "c": ["a"] * 119 + ["b"], "y": ["yes", "no"] * 60}
    assert len(prepare_table(table, tmp_path).warnings_with("DuplicateRows")) == 1


def offered(run: PreparedRun) -> dict[str, tuple[str, ...]]:
    return {learner.name: learner.views for learner in run.plan.learners}


def test_the_learner_of_texts_is_offered_where_there_is_text(tmp_path: Path) -> None:
    assert "text_linear" not in offered(prepare_table(a_table(ROWS), tmp_path))
    assert offered(prepared(tmp_path, SENTENCES))["text_linear"] == ("plain",)


def test_other_learners_are_offered_the_components_first(tmp_path: Path) -> None:
    of_both = offered(prepared(tmp_path, SENTENCES))
    assert of_both["extra_trees"] == ("text_components", "plain", "target_encoding")
    assert of_both["linear"] == ("plain", "target_encoding")
    assert offered(prepare_table(a_table(ROWS), tmp_path))["extra_trees"] == ("plain", "target_encoding")


def test_a_table_of_texts_alone_offers_no_view_without_features(tmp_path: Path) -> None:
    run = prepare_table({"x": SENTENCES, "y": ["yes", "no"] * 60}, tmp_path)
    assert {views for name, views in offered(run).items() if name != "text_linear"} == {("text_components",)}
    assert "linear" not in offered(run)
    with pytest.raises(WorkFailed, match="none of linear reads text, and all columns are texts"):
        prepare_table({"x": SENTENCES, "y": ["yes", "no"] * 60}, tmp_path, learners={"include": ["linear"]})


def test_more_text_is_planned_to_take_longer(tmp_path: Path) -> None:
    short, long = (
        prepared(tmp_path, [f"{text} {'and so on ' * times}" for text in SENTENCES]).plan for times in (1, 500)
    )
    for before, after in zip(*(sorted(plan.learners, key=lambda own: own.name) for plan in (short, long)), strict=True):
        assert after.seconds_per_fold > before.seconds_per_fold or before.name == "linear"
        assert after.needs.memory_bytes >= before.needs.memory_bytes


def test_a_learner_that_has_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="none of text_linear reads other columns than texts"):
        prepare_table(a_table(ROWS), tmp_path, learners={"include": ["text_linear"]})


NEW = {
    "missing": [None, None], "empty": ["", " "], "numbers": [1.5, 2.5], "truth values": [True, False],
    "bytes": [b"some text", b"other"], "objects of many types": ["a", 1, None], "unheard words": ["qwrtz", "zzz"],
}  # fmt: skip


@pytest.mark.parametrize("cells", NEW.values(), ids=NEW)
def test_new_cells_of_any_type_are_read_as_texts(tmp_path: Path, cells: list[Any]) -> None:
    encoder = prepared(tmp_path, SENTENCES).prepared
    frame = pd.DataFrame({"first": 1.0, "second": 2.0, "city": "Rome", "x": pd.Series(cells)})
    features, _ = _encoder(encoder).read(frame)
    spelled = [cell.decode() if isinstance(cell, bytes) else "" if cell is None else str(cell) for cell in cells]
    assert features.texts[0].texts() == [text.strip() for text in spelled]


def test_new_dates_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    encoder = _encoder(prepared(tmp_path, SENTENCES).prepared)
    frame = pd.DataFrame({"first": 1.0, "second": 2.0, "city": "Rome", "x": pd.date_range("2024", periods=2)})
    with pytest.raises(SchemaError, match='"x" holds dates or lists where the model was trained on texts'):
        encoder.read(frame)
    with pytest.raises(SchemaError, match='no column "x"'):
        encoder.read(frame.drop(columns="x"))


def test_a_long_new_cell_is_cut_with_a_note(tmp_path: Path) -> None:
    encoder = _encoder(prepared(tmp_path, SENTENCES).prepared)
    frame = pd.DataFrame({"first": 1.0, "second": 2.0, "city": "Rome", "x": ["y" * 1_000_000]})
    features, (noted,) = encoder.read(frame)
    assert features.texts[0].bytes == MOST_CHARACTERS
    assert "1 cells have more than 20,000 characters" in noted.message


def _encoder(prepared: Any) -> Any:
    return Encoder.from_state(prepared.info.encoder)
