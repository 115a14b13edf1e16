"""The Python API: from a DataFrame to a model, in a script and in a notebook."""

import asyncio
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pandas
import pytest

import automl
from builders.command_line import breast_cancer
from builders.waiting import eventually


@pytest.fixture
def frame(tmp_path: Path) -> pandas.DataFrame:
    return pandas.read_csv(breast_cancer(tmp_path))


def test_a_frame_becomes_a_model(frame: pandas.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    train, test = frame.iloc[::2], frame.iloc[1::2]
    model = automl.fit(train, target="diagnosis", time="60s", trials=2, learners=["linear"], out=out, test=test)
    assert model.path == out / "model"
    assert set(model.predict(frame)) == {"benign", "malignant"}
    assert list(model.predict_proba(frame).columns) == ["benign", "malignant"]
    assert model.evaluate(frame)["roc_auc"] > 0.95
    assert len(model.leaderboard()) >= 1
    assert re.search(rf"test [01]\.\d+ \[.*\], {len(test)} rows   Model: {out / 'model'}", capsys.readouterr().out)
    assert model.facts.test_score is not None
    assert model.facts.test_score.metrics == model.evaluate(test)
    again = automl.load_model(out)
    assert (again.predict(frame) == model.predict(frame)).all()
    with pytest.raises(automl.UserError, match=r"data\.uri"):
        automl.fit(frame.head(100), target="diagnosis", time="60s", learners=["linear"], out=out)


def test_in_a_notebook_with_an_event_loop_a_run_without_a_folder_is_in_the_cache(
    frame: pandas.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    async def cell() -> Any:
        return automl.fit(frame, target="diagnosis", time="60s", trials=1, learners=["linear"], verbose=False)

    model = asyncio.run(cell())
    assert model.path.is_relative_to(tmp_path / "cache" / "automl")
    assert capsys.readouterr().out == ""


def test_in_a_notebook_an_interrupt_publishes_the_best_so_far(frame: pandas.DataFrame, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def a_trial_is_finished() -> bool:
        return any('"Succeeded"' in path.read_text() for path in out.glob("world/trials/[!.]*"))

    def interrupt_once_there_is_a_result() -> None:
        eventually("a trial is finished", a_trial_is_finished)
        os.kill(os.getpid(), signal.SIGINT)

    async def cell() -> Any:
        return automl.fit(frame, target="diagnosis", time="10m", learners="linear", out=out, verbose=False)

    before = signal.getsignal(signal.SIGINT)
    user = threading.Thread(target=interrupt_once_there_is_a_result)
    user.start()
    model = asyncio.run(cell())
    user.join()
    assert model.path == out / "model"
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param([1, 2], "data is a list", id="not a frame"),
        pytest.param(pandas.DataFrame({0: [1, 2]}), "column name 0 is not text", id="numbers as names"),
        pytest.param(
            pandas.DataFrame({"a": pandas.Series([[1], ["a"]]), "y": [1, 2]}),
            'column "a" holds values of the type list among others',
            id="lists in cells",
        ),
        pytest.param("missing.csv", "there is no file", id="no file"),
    ],
)
def test_data_that_is_no_table_is_refused(data: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(automl.UserError, match=words):
        automl.fit(data, target="y", out=tmp_path / "run")
