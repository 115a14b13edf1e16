"""`automl predict` reports how it has read the rows: on stderr, or as a list for programs."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl.cli import main
from builders.published import a_loaded_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model")
    generator = np.random.default_rng(0)
    city = generator.choice(["Plzeň", "Brno"], 120)
    frame = pd.DataFrame({"city": city, "a": generator.normal(size=120), "y": np.where(city == "Brno", "yes", "no")})
    frame.to_csv(place / "rows.csv", index=False, encoding="cp1250")
    return a_loaded_model(place / "rows.csv", place, data={"encoding": "cp1250"}).path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Rows that would be read as "Plzeò", which looks Italian, without the model's encoding."""
    path = tmp_path / "new.csv"
    path.write_bytes("city,a\nPlzeň,0.1\nBrno,0.2\n".encode("cp1250"))
    return path


def predict(*arguments: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["predict", *map(str, arguments)])
    assert ended.value.code == 0


def test_the_encoding_of_the_training_data_is_used_and_reported_on_stderr(
    model: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict("--model", model, "--data", rows)
    printed = capsys.readouterr()
    assert [line.partition(",")[0] for line in printed.out.splitlines()] == ["y", "no", "yes"]
    assert printed.err.startswith(f'warning: {rows} is not UTF-8 and is read as cp1250 (for example "Plzeň")')
    assert len(printed.err.splitlines()) == 1


def test_programs_get_the_warnings_as_a_list(model: Path, rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = rows.with_name("predictions.csv")
    predict("--model", model, "--data", rows, "--out", out, "--json")
    printed = capsys.readouterr()
    outcome = json.loads(printed.out)
    assert outcome["rows"] == 2
    assert outcome["out"] == str(out)
    assert len(outcome["warnings"]) == 1
    assert printed.err == ""
    assert pd.read_csv(out)["y"].tolist() == ["no", "yes"]


def test_an_encoding_that_the_user_gives_needs_no_warning(
    model: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict("--model", model, "--data", rows, "--encoding", "windows-1250")
    assert capsys.readouterr().err == ""


def test_the_model_keeps_the_words_for_missing_values(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    size = generator.normal(size=120)
    frame = pd.DataFrame({"size": size.round(2), "y": np.where(size > 0, "yes", "no")})
    frame.loc[::10, "size"] = -99
    frame.to_csv(tmp_path / "rows.csv", index=False)
    model = a_loaded_model(tmp_path / "rows.csv", tmp_path, data={"missingValues": ["-99"]})
    rows = pd.DataFrame({"size": [-99.0, None]})
    assert model.predict_proba(rows).iloc[0].tolist() == model.predict_proba(rows).iloc[1].tolist()


def test_a_model_with_another_digest_is_refused(model: Path, rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256((model / "manifest.json").read_bytes()).hexdigest()
    predict("--model", model, "--data", rows, "--digest", f"sha256:{digest}")
    with pytest.raises(SystemExit) as ended:
        main(["predict", "--model", str(model), "--data", str(rows), "--digest", "sha256:0"])
    assert ended.value.code == 2
    assert "sha256:0" in capsys.readouterr().err
