"""From a file to a model and its predictions, by the command only."""

import json
import re
from pathlib import Path

import pandas
import pytest

from builders.command_line import WAIT_SECONDS, automl, breast_cancer, diabetes, iris, started

ARGUMENTS = ("--data", "cancer.csv", "--target", "diagnosis", "--trials", "3", "--learners", "linear,extra_trees")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fit")


@pytest.fixture(scope="module")
def progress_output(folder: Path) -> list[str]:
    """The lines of a run in `folder`/run."""
    breast_cancer(folder)
    result = automl("fit", *ARGUMENTS, "--time", "60s", "--out", "run", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_the_output_has_the_documented_lines(progress_output: list[str]) -> None:
    documented = [
        r"This machine: \d+ cores?, \d+ [GM]iB\. Budget 60s\.",
        r'cancer: 569 rows, target "diagnosis" \(binary, 37 % "malignant"\), metric roc_auc',
        r"\d+ s: \w+ 0\.\d{3}",
        r"roc_auc 0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]   Model: run/model",
    ]
    meanwhile = (
        r"starting, \d+:\d\d|reading and checking the data, \d+:\d\d|building and scoring the model, \d+:\d\d"
        r"|\d+ trials?, (best \w+ 0\.\d{3}, )?\d+:\d\d left( \(Ctrl-C publishes the best so far\))?"
    )
    lines = [line for line in progress_output if not re.fullmatch(meanwhile, line) and not line.startswith("warning: ")]
    assert len(lines) == len(documented)
    for line, pattern in zip(lines, documented, strict=True):
        assert re.fullmatch(pattern, line)


@pytest.mark.usefixtures("progress_output")
def test_the_same_command_again_prints_the_result_of_the_complete_run(folder: Path, progress_output: list[str]) -> None:
    again = automl("fit", *ARGUMENTS, "--time", "60s", "--out", "run", cwd=folder)
    assert again.returncode == 0
    assert again.stdout.splitlines() == progress_output[-1:]
    longer = automl("fit", *ARGUMENTS, "--time", "90s", "--out", "run", cwd=folder)
    assert longer.stdout.splitlines() == [
        "run is complete already; for a run with another budget choose another --out",
        *progress_output[-1:],
    ]


@pytest.mark.usefixtures("progress_output")
def test_another_spec_is_refused_by_the_field_that_differs(folder: Path) -> None:
    other = automl("fit", *ARGUMENTS, "--ignore", "mean area", "--out", "run", cwd=folder)
    assert other.returncode == 2
    assert other.stderr.startswith("error: ")
    assert "data.ignoreColumns was not given and is now mean area" in other.stderr
    assert len(other.stderr.splitlines()) == 1


@pytest.mark.usefixtures("progress_output")
def test_predictions_have_labels_and_probabilities(folder: Path) -> None:
    result = automl("predict", "--model", "run", "--data", "cancer.csv", "--out", "predictions.csv", cwd=folder)
    assert result.returncode == 0, result.stderr
    truth = pandas.read_csv(folder / "cancer.csv")
    predictions = pandas.read_csv(folder / "predictions.csv")
    assert list(predictions.columns) == ["diagnosis", "diagnosis_benign", "diagnosis_malignant"]
    assert (predictions["diagnosis"] == truth["diagnosis"]).mean() > 0.9
    assert predictions.iloc[:, 1:].sum(axis=1).to_numpy() == pytest.approx(1.0)
    without_out = automl("predict", "--model", "run", "--data", "cancer.csv", cwd=folder)
    assert without_out.stdout == (folder / "predictions.csv").read_text()


@pytest.mark.usefixtures("progress_output")
@pytest.mark.parametrize("model", ["run", "run/model"])
def test_the_leaderboard_lists_the_trials(folder: Path, model: str) -> None:
    table = automl("leaderboard", model, cwd=folder).stdout.splitlines()
    assert table[0].split() == ["trial", "learner", "view", "roc_auc", "folds"]
    assert 2 <= len(table) <= 4
    board = json.loads(automl("leaderboard", model, "--json", cwd=folder).stdout)
    assert len(board["leaderboard"]) == len(table) - 1


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    iris(tmp_path)
    arguments = ("--data", "iris.csv", "--target", "species", "--time", "60s", "--trials", "1", "--learners", "linear")
    result = automl("fit", *arguments, "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["model"] == "automl-iris/model"
    assert (tmp_path / answer["model"] / "manifest.json").exists()
    assert (answer["task"], answer["metric"]) == ("multiclass", "log_loss")
    assert answer["score"]["low"] <= answer["score"]["value"] <= answer["score"]["high"]
    assert "3 classes" in result.stderr


def test_numbers_are_predicted_from_parquet_to_parquet(tmp_path: Path) -> None:
    diabetes(tmp_path)
    pandas.read_parquet(tmp_path / "diabetes.parquet").tail(100).to_csv(tmp_path / "test.csv", index=False)
    arguments = ("--data", "diabetes.parquet", "--target", "target", "--time", "60s", "--trials", "1")
    options = ("--learners", "linear", "--out", "run", "--test", "test.csv", "--json")
    result = automl("fit", *arguments, *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["testScore"]["rows"] == 100
    assert "warning: evaluation.test: test.csv: 100 of 100 rows equal a training row in every column" in result.stderr
    automl("predict", "--model", "run", "--data", "diabetes.parquet", "--out", "p.parquet", cwd=tmp_path)
    predictions = pandas.read_parquet(tmp_path / "p.parquet")
    truth = pandas.read_parquet(tmp_path / "diabetes.parquet")["target"]
    assert list(predictions.columns) == ["target"]
    assert predictions["target"].corr(truth) > 0.6


def test_the_example_runs_from_its_manifest_with_spawned_children(tmp_path: Path) -> None:
    manifest = Path(__file__).parents[2] / "examples" / "adult.yaml"
    options = ("--time", "20s", "--trials", "1", "--learners", "linear", "--cores", "1")
    result = automl("fit", "-f", manifest, *options, "--out", "adult", cwd=tmp_path, AUTOML_CHILDREN="spawn")
    assert result.returncode == 0, result.stderr
    assert 'adult: 48,842 rows, target "class" (binary, 24 % ">50K"), metric roc_auc' in result.stdout
    assert (tmp_path / "adult" / "model" / "manifest.json").exists()


def test_a_typo_in_the_target_is_reported_at_once(tmp_path: Path) -> None:
    breast_cancer(tmp_path)
    result = automl("fit", "--data", "cancer.csv", "--target", "diagnosys", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == 'error: cancer.csv has no column "diagnosys". Did you mean "diagnosis"?\n'
    assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["cancer.csv"]


def test_a_run_whose_output_is_closed_ends_quietly(tmp_path: Path) -> None:
    breast_cancer(tmp_path)
    run = started("fit", *ARGUMENTS, "--time", "60s", "--out", "run", cwd=tmp_path)
    assert run.stdout is not None
    assert run.stdout.readline().startswith("This machine: ")
    run.stdout.close()
    assert run.wait(timeout=WAIT_SECONDS) == 1
    assert run.stderr is not None
    assert run.stderr.read() == ""
    run.stderr.close()
    assert not (tmp_path / "run" / "log" / "traceback.txt").exists()
