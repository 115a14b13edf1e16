"""`automl inspect`: the kinds of columns of data, a run or a model, as a table that fits a terminal or as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.cli import main
from automl.commands.inspect import table_text
from builders.published import a_loaded_model


def a_profile(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "numeric",
        "reason": "its cells are numbers",
        "examples": ["1", "2"],
        "missing": 3,
    } | changes


FOUND: dict[str, Any] = {
    "target": "y",
    "encoding": "cp1250",
    "rows": 1200,
    "columns": [a_profile("age", odd=["#DIV/0!"], oddCount=2), a_profile("a\x1b[31m\nb", kind="categorical")],
    "warnings": ['"age" has odd cells'],
}


def test_each_column_has_a_line() -> None:
    head, age, hostile, blank, about, warning = table_text(FOUND, 160).splitlines()
    assert head.split("  ")[0] == "column"
    assert age.split() == ["age", "numeric", "its", "cells", "are", "numbers", "1,", "2", "3", "2:", "#DIV/0!"]
    assert hostile.startswith(r"a\x1b[31m\nb  "), "a terminal obeys no cell"
    assert (blank, about, warning) == ("", "1,200 rows, read as cp1250", '"age" has odd cells')


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_table_is_no_wider_than_the_terminal(width: int) -> None:
    wide = FOUND | {
        "columns": [a_profile("x" * 90, reason="because " * 20, examples=["word " * 20])] * 2,
        "warnings": [],
    }
    lines = table_text(wide, width).splitlines()
    assert max(map(len, lines)) <= max(width, 82)
    assert "..." in lines[1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("inspected")
    generator = np.random.default_rng(0)
    zips = generator.choice(["01067", "80331", "20095"], 120)
    frame = pd.DataFrame(
        {"zip": zips, "age": generator.integers(18, 90, 120), "y": np.where(zips == "01067", "yes", "no")}
    )
    frame.to_csv(place / "my.csv", index=False)
    return place


def inspected(*arguments: object, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *map(str, arguments), "--json"])
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed.err
    found: dict[str, Any] = json.loads(printed.out)
    return found


def kinds(found: dict[str, Any]) -> dict[str, str]:
    return {profile["name"]: profile["kind"] for profile in found["columns"]}


def test_a_file_is_read_as_prepare_reads_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspected(place / "my.csv", "--target", "y", capsys=capsys)
    assert kinds(found) == {"zip": "categorical", "age": "numeric", "y": "categorical"}
    assert (found["rows"], found["target"], found["encoding"]) == (120, "y", "utf-8")


def test_the_kinds_that_the_user_gives_are_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspected(
        place / "my.csv", "--target", "y", "--column", "age=categorical", "--ignore", "zip", capsys=capsys
    )
    assert kinds(found) == {"zip": "ignored", "age": "categorical", "y": "categorical"}


def test_a_model_and_a_run_show_the_columns_that_they_were_trained_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = a_loaded_model(place / "my.csv", place / "run", data={"columns": [{"name": "age", "type": "categorical"}]})
    of_model, of_run = (inspected(folder, capsys=capsys) for folder in (model.path, place / "run"))
    assert of_model == of_run
    assert kinds(of_model)["age"] == "categorical"


@pytest.mark.parametrize(
    "profile", ["{}", "[1]", '[{"name": 1}]', '[{"name": "a", "kind": "b", "reason": "c", "odd": 3}]', "["]
)
def test_an_invalid_model_is_refused_with_a_message(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"manifest": "{}", "signature": '{"target": "y"}', "ensemble": '{"warnings": []}', "profile": profile}
    for name, text in files.items():
        (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["inspect", str(tmp_path)])
    assert ended.value.code == (0 if profile == "{}" else 2)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["my.csv"], "no target is named; give the column to predict with --target"),
        (["my.csv", "--target", "why"], 'my.csv has no column "why". Its columns are'),
        (["my.csv", "--target", "y", "--column", "zap=numeric"], 'has no column "zap". Did you mean "zip"?'),
        (["nothing.csv", "--target", "y"], 'there is no file "nothing.csv"'),
        (["."], "holds neither a run nor a model"),
    ],
    ids=["no target", "no such target", "no such column", "no file", "no model"],
)
def test_a_user_error_is_exit_code_2(
    arguments: list[str], words: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *arguments])
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert words in printed.err
