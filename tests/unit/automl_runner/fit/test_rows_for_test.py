"""The rows of `evaluation.test`: checked when the data is prepared, scored by the published model, never trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_api import reasons
from automl_api.resources.plan import DataWarning
from automl_model import load_model
from automl_runner.failures import WorkFailed
from builders.fitting import LINEAR, Pipeline, rows_of


def rows_to_test_on(target: str = "text", rows: int = 120) -> pd.DataFrame:
    """Rows of the same kind as the training rows of a pipeline, and none of them."""
    return rows_of(target, rows + 240).iloc[240:].reset_index(drop=True)


class Examined:
    """A pipeline with rows of its own to test on, in a file that a test may change."""

    def __init__(
        self, place: Path, test: pd.DataFrame, target: str = "text", frame: pd.DataFrame | None = None, **changes: Any
    ) -> None:
        self.file = place / "test.csv"
        test.to_csv(self.file, index=False)
        evaluation = {**changes.pop("evaluation", {}), "test": {"uri": f"file:{self.file}"}}
        training = rows_of(target, 240 + len(test)).head(240) if frame is None else frame
        self.pipeline = Pipeline(place, target, training, evaluation=evaluation, **changes)

    @property
    def notes(self) -> list[DataWarning]:
        return self.pipeline.run.warnings_with("TestRows")

    def published(self) -> Any:
        """The published model as it is reported."""
        self.pipeline.fit(LINEAR)
        self.pipeline.publish()
        return self.pipeline.model


@pytest.mark.parametrize("target", ["text", "whole", "number"])
def test_the_score_is_that_of_the_published_model(target: str, tmp_path: Path) -> None:
    rows = rows_to_test_on(target)
    changes = {"task": "multiclass"} if target == "whole" else {}
    examined = Examined(tmp_path, rows, target, **changes)
    assert examined.notes == []
    score = examined.published().test_score
    model = load_model(examined.pipeline.run.store.local_directory("models/m"))
    assert score.metrics == model.evaluate(rows)
    assert (score.metric, score.rows) == (examined.pipeline.run.plan.metric, len(rows))
    assert score.value == score.metrics[score.metric]
    assert score.low < score.value < score.high
    assert model.facts.test_score == score
    assert "measured once on 120 rows that were given for it" in (model.path / "README.md").read_text()


def test_a_test_that_may_have_ended_two_attempts_is_left_out(tmp_path: Path) -> None:
    examined = Examined(tmp_path, rows_to_test_on())
    examined.pipeline.fit(LINEAR)
    examined.pipeline.publish(attempt=3)
    assert examined.pipeline.model.test_score is None
    assert "2 attempts" in examined.pipeline.model.test_failure


def test_a_server_that_does_not_answer_is_asked_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def does_not_answer(*_: object) -> None:
        raise WorkFailed("infrastructure", reasons.STORE_UNAVAILABLE, "the bucket rows: it does not answer")

    examined = Examined(tmp_path, rows_to_test_on())
    examined.pipeline.fit(LINEAR)
    monkeypatch.setattr("automl_runner.score_on_test.read_rows_for_test", does_not_answer)
    with pytest.raises(WorkFailed, match="does not answer"):
        examined.pipeline.publish()
    examined.pipeline.publish(attempt=2)
    assert examined.pipeline.model.test_failure == "the bucket rows: it does not answer"


def test_the_test_rows_do_not_change_the_model(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (
        Examined(tmp_path / name, rows, frame=rows_of("text"))
        for name, rows in (("a", rows_to_test_on()), ("b", rows_to_test_on(rows=50)))
    )
    for examined in (first, second):
        examined.published()
    places = [examined.pipeline.run.store.local_directory("models/m/members") for examined in (first, second)]
    files = [sorted(path.relative_to(place) for path in place.rglob("*.*")) for place in places]
    assert files[0] == files[1]
    assert all((places[0] / name).read_bytes() == (places[1] / name).read_bytes() for name in files[0])
    assert first.pipeline.model.score == second.pipeline.model.score
    assert first.pipeline.model.test_score != second.pipeline.model.test_score


def test_a_row_weighs_as_much_as_its_weight(tmp_path: Path) -> None:
    rows = rows_to_test_on().assign(w=np.arange(120) % 3)
    examined = Examined(
        tmp_path,
        rows,
        frame=rows_of("text").assign(w=1.5),
        evaluation={"weightColumn": "w"},
        objective={"metric": "log_loss"},
    )
    assert ["40 of 120 rows have the weight 0" in note.message for note in examined.notes] == [True]
    score = examined.published().test_score
    model = load_model(examined.pipeline.run.store.local_directory("models/m"))
    repeated = rows.loc[rows.index.repeat(rows["w"])]
    assert score.rows == 80
    assert score.metrics == pytest.approx(model.evaluate(repeated))


@pytest.mark.parametrize("column", ["groupColumn", "timeColumn"])
def test_the_interval_resamples_groups_and_blocks_of_time(column: str, tmp_path: Path) -> None:
    training, rows = rows_of("number"), rows_to_test_on("number")
    for frame in (training, rows):
        frame["unit"] = np.arange(len(frame)) // 12
        frame["y"] += 300 * np.sin(frame["unit"])
    intervals: list[float] = []
    for evaluation in ({column: "unit"}, {}):
        place = tmp_path / str(len(intervals))
        place.mkdir()
        usual = {} if evaluation else {"data": {"ignoreColumns": ["unit"]}}
        score = Examined(place, rows, "number", training, evaluation=evaluation, **usual).published().test_score
        intervals.append(np.log(score.high / score.low))
    assert intervals[0] > 1.2 * intervals[1]


def rows_labelled(**changed: Any) -> pd.DataFrame:
    """Test rows with some labels changed: `rows_labelled(row_3="maybe")`."""
    rows = rows_to_test_on()
    rows.loc[[int(name.removeprefix("row_")) for name in changed], "y"] = list(changed.values())
    return rows


def test_rows_without_a_label_are_left_out_and_unknown_labels_count_as_wrong(tmp_path: Path) -> None:
    examined = Examined(
        tmp_path, rows_labelled(row_0=None, row_1=None, row_2="maybe"), objective={"metric": "accuracy"}
    )
    where = "evaluation.test: test.csv: "
    missing = '2 of 120 rows have no value in the target "y" and are left out'
    unknown = '1 of 118 rows have a label in "y" that no row of the training data has; they count as wrong'
    assert [note.message for note in examined.notes] == [where + missing, where + unknown]
    assert not any(note.cell for note in examined.pipeline.run.prepared.info.warnings), "no cell is kept"
    assert not any("maybe" in note.message for note in examined.notes)
    assert examined.published().test_score.rows == 118


def test_rows_that_are_training_rows_are_counted(tmp_path: Path) -> None:
    rows = pd.concat([rows_to_test_on(), rows_of("text").head(7)], ignore_index=True)
    examined = Examined(tmp_path, rows, frame=rows_of("text"))
    assert [note.message.partition(";")[0] for note in examined.notes] == [
        "evaluation.test: test.csv: 7 of 127 rows equal a training row in every column and the target"
    ]


def test_cells_that_are_not_read_as_written_are_noted_without_the_cell(tmp_path: Path) -> None:
    rows = rows_to_test_on()
    rows["a"] = rows["a"].astype(object)
    rows.loc[3, "a"] = "twelve"
    (note,) = Examined(tmp_path, rows).notes
    assert 'some cells of "a" are not read as written' in note.message
    assert "twelve" not in note.message


REFUSED = {
    "a column is missing": (rows_to_test_on().drop(columns="a"), 'test.csv: the data has no column "a", which the model reads'),
    "the target is missing": (rows_to_test_on().rename(columns={"y": "Y"}), 'test.csv has no column "y" (the target). Did you mean "Y"?'),
    "no rows": (rows_to_test_on().head(0), "test.csv has a header and no rows; give rows with labels, or leave evaluation.test"),
    "no labels": (rows_to_test_on().assign(y=None), 'test.csv: no row has a value of "y" that the model knows'),
    "other labels": (rows_to_test_on().assign(y="YES"), 'test.csv: no row has a value of "y" that the model knows, such as "no" or "yes"'),
    "mostly other labels": (rows_to_test_on().assign(y=["no", "YES", "NO"] * 40), '80 of 120 rows have a label in "y" that no row of the training data has, for example "YES"; write labels as there: "no", "yes"'),
    "one class": (rows_to_test_on().assign(y="yes"), "test.csv: roc_auc is undefined: only 1 of 2 classes among these rows; give rows on which"),
    "another kind of column": (rows_to_test_on().assign(a="many"), 'test.csv: column "a" holds values like "many", but the model was trained on numbers'),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "words"), REFUSED.values(), ids=REFUSED)
def test_rows_that_cannot_be_scored_are_refused_before_the_search(
    rows: pd.DataFrame, words: str, tmp_path: Path
) -> None:
    with pytest.raises(WorkFailed) as raised:
        Examined(tmp_path, rows, frame=rows_of("text"))
    assert (raised.value.failure_class, raised.value.reason) == ("program", "DataInvalid")
    assert raised.value.message.startswith("evaluation.test: test.csv")
    assert words in raised.value.message


def test_a_negative_number_is_refused_where_the_metric_is_not_defined_for_it(tmp_path: Path) -> None:
    training = rows_of("number").assign(y=lambda frame: frame["y"].abs())
    with pytest.raises(WorkFailed, match="rmsle is undefined: the target is below 0 in some rows"):
        Examined(tmp_path, rows_to_test_on("number"), frame=training, objective={"metric": "rmsle"})


def test_a_missing_file_and_weights_that_are_missing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r"DataMissing: evaluation\.test: there is no file none\.csv"):
        Pipeline(tmp_path, evaluation={"test": {"uri": f"file:{tmp_path}/none.csv"}})
    with pytest.raises(WorkFailed, match=r'test\.csv has no column "w" \(evaluation\.weightColumn\)'):
        Examined(tmp_path, rows_to_test_on(), frame=rows_of("text").assign(w=1.0), evaluation={"weightColumn": "w"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "evaluation.test: there is no file test.csv; is the address right?"),
        ("", "evaluation.test: test.csv is empty; give a file"),
        ("a,b,y\n1,x,maybe\n", 'evaluation.test: test.csv: no row has a value of "y" that the model knows'),
        ("a,b,y\n1,x,yes\n", "evaluation.test: roc_auc is undefined: only 1 of 2 classes"),
    ],
    ids=["gone", "emptied", "other labels", "one class"],
)
def test_the_model_is_published_if_the_rows_are_no_longer_as_they_were(
    content: str | None, words: str, tmp_path: Path
) -> None:
    examined = Examined(tmp_path, rows_to_test_on())
    examined.file.unlink()
    if content is not None:
        examined.file.write_text(content)
    model = examined.published()
    assert model.test_score is None
    assert model.test_failure.startswith(words)
    assert load_model(examined.pipeline.run.store.local_directory("models/m")).facts.test_score is None


def test_the_score_is_that_of_the_rows_at_the_last_finalize(tmp_path: Path) -> None:
    examined = Examined(tmp_path, rows_to_test_on())
    first: Any = examined.published()
    rows_to_test_on().head(60).to_csv(examined.file, index=False)
    examined.pipeline.publish()
    last: Any = examined.pipeline.model
    assert (first.test_score.rows, last.test_score.rows) == (120, 60)
    assert first.digest != last.digest


def test_time_is_kept_for_predicting_the_test_rows(tmp_path: Path) -> None:
    few, many = (
        Examined(tmp_path, rows_to_test_on(rows=rows), frame=rows_of("text")).pipeline.run.plan.finalize_seconds
        for rows in (20, 2000)
    )
    assert many > few
