"""A DataFrame is refused before anything of it is written."""

from pathlib import Path

import pandas
import pytest

from automl import UserError, fit
from automl.frames import frame_path, store_frame

FRAME = pandas.DataFrame({"age": [1, 2], "churn": ["yes", "no"]})


def test_a_frame_is_stored_without_its_index_under_its_digest(tmp_path: Path) -> None:
    path = frame_path(FRAME.set_index(pandas.Index([7, 8])), tmp_path / "run")
    store_frame(FRAME, path, ("churn",))
    assert pandas.read_parquet(path).equals(FRAME)
    assert frame_path(FRAME, tmp_path / "run") == path
    assert frame_path(FRAME.head(1), tmp_path / "run") != path


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
def test_a_wrong_question_leaves_nothing_behind(asked: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        fit(FRAME, out=tmp_path / "run", **asked)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="holds no run"):
        fit(FRAME, target="churn", out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
