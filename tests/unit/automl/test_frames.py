"""DataFrames are checked before anything is written."""

from pathlib import Path

import numpy as np
import pandas
import pytest

from automl import ReadingWarning, UserError, fit
from automl.frames import frame_path, frame_table, store_frame
from automl_model.tables import read_table

FRAME = pandas.DataFrame({"age": [1, 2], "churn": ["yes", "no"]})


def test_a_frame_is_stored_without_its_index_and_named_by_its_digest(tmp_path: Path) -> None:
    table = frame_table(FRAME.set_index(pandas.Index([7, 8])))
    path = frame_path(table, tmp_path / "run")
    store_frame(table, path, ("churn",))
    assert read_table(path).to_pandas().equals(FRAME)
    assert path.name == "data", "which is what messages call it"
    assert frame_path(frame_table(FRAME), tmp_path / "run") == path
    assert frame_path(frame_table(FRAME.head(1)), tmp_path / "run") != path
    assert frame_path(frame_table(FRAME.assign(age=[[1], [2]])), tmp_path / "run") != path


def test_a_categorical_with_the_same_cells_is_another_experiment(tmp_path: Path) -> None:
    cells = pandas.Series([1, "2"], dtype=object)
    paths = {
        frame_path(frame_table(pandas.DataFrame({"a": column})), tmp_path)
        for column in (cells, cells.astype("category"))
    }
    assert len(paths) == 2


def test_the_bytes_behind_missing_values_do_not_change_the_digest(tmp_path: Path) -> None:
    first, second = (pandas.arrays.IntegerArray(np.array([1, beneath]), np.array([False, True])) for beneath in (7, 8))
    paths = {frame_path(frame_table(pandas.DataFrame({"a": column})), tmp_path) for column in (first, second)}
    assert len(paths) == 1


def test_the_error_for_an_unsupported_column_has_its_name() -> None:
    with pytest.raises(UserError, match='column "age" holds the text'):
        frame_table(FRAME.assign(age=pandas.Series(["a\ud800", "b"], dtype=object)))


def test_a_named_index_that_is_left_out_is_reported() -> None:
    with pytest.warns(ReadingWarning, match=r'the index "age" is left out; to learn from it.*reset_index'):
        frame_table(FRAME.set_index("age"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"target": "chrun"}, 'data has no column "chrun". Did you mean "churn"?', id="target"),
        pytest.param(
            {"target": "churn", "ignore": "aeg"}, 'data has no column "aeg". Did you mean "age"?', id="ignored"
        ),
        pytest.param({"target": "churn", "time": "banana"}, '"banana" is not a duration', id="time"),
        pytest.param({"target": "churn", "learners": "LightGBM"}, '--learners: is "LightGBM"', id="learner"),
    ],
)
def test_a_wrong_argument_leaves_no_files_behind(asked: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        fit(FRAME, out=tmp_path / "run", **asked)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="holds no run"):
        fit(FRAME, target="churn", out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
