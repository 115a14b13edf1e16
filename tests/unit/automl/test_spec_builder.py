"""From options and files to an experiment, or to an error that says what is wrong."""

from pathlib import Path

import pytest

from automl.errors import UserError
from automl.spec_builder import (
    RunOptions,
    check_data,
    column_types,
    data_uri,
    experiment_from_file,
    experiment_from_options,
    name_for,
)

MANIFEST = """\
apiVersion: automl-operator.dev/v1alpha1
kind: AutoMLExperiment
metadata: {name: churn}
spec:
  data: {uri: "file:my.csv", ignoreColumns: [id]}
  target: churn
  budget: {time: 5m, trials: 7}
"""


def test_options_become_the_spec() -> None:
    answers = RunOptions("my.csv", "churn", "2m", "f1", ["linear"], 3, ["id"], "binary", 9, "yes")
    spec = experiment_from_options(answers, cores=2).spec
    assert spec.data.uri == f"file://{Path.cwd()}/my.csv"
    assert (spec.target, spec.task, spec.positive_class, spec.parallelism) == ("churn", "binary", "yes", 2)
    assert (spec.budget.time, spec.budget.trials, spec.search.seed, spec.objective.metric) == ("2m", 9, 3, "f1")
    assert (spec.learners.include, spec.data.ignore_columns) == (("linear",), ("id",))


def test_kinds_of_columns_and_missing_values_become_the_spec() -> None:
    answers = RunOptions(
        "my.csv", "churn", columns={"zip": "categorical"}, missing_values=["-99", ""], encoding="cp1250"
    )
    data = experiment_from_options(answers, cores=1).spec.data
    assert [(column.name, column.type) for column in data.columns] == [("zip", "categorical")]
    assert (data.missing_values, data.encoding) == (("-99", ""), "cp1250")
    assert experiment_from_options(RunOptions("my.csv", "churn"), cores=1).spec.data.missing_values is None
    none = RunOptions("my.csv", "churn", missing_values=[])
    assert experiment_from_options(none, cores=1).spec.data.missing_values == ()


def test_rows_to_test_on_become_the_spec(tmp_path: Path) -> None:
    test = experiment_from_options(RunOptions("my.csv", "churn", test="test.csv"), cores=1).spec.evaluation.test
    assert test is not None
    assert test.uri == f"file://{Path.cwd()}/test.csv"
    path = tmp_path / "x.yaml"
    path.write_text(MANIFEST + "  evaluation: {test: {uri: 'file:test.csv', format: csv}}\n")
    for options, uri in ((RunOptions(), f"{tmp_path}/test.csv"), (RunOptions(test="/other.csv"), "/other.csv")):
        found = experiment_from_file(path, options, cores=1).spec.evaluation.test
        assert found is not None
        assert (found.uri, found.format) == (f"file://{uri}", "csv")


def test_rows_to_test_on_are_checked_for_the_target_and_the_weights(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,churn,w\n1,2,3\n")
    (tmp_path / "test.csv").write_text("a,churn\n1,2\n")
    path = tmp_path / "x.yaml"
    path.write_text(MANIFEST.replace(", ignoreColumns: [id]", "") + "  evaluation: {weightColumn: w}\n")
    spec = experiment_from_file(path, RunOptions(test=str(tmp_path / "test.csv")), cores=1).spec
    with pytest.raises(UserError, match=r'test.csv has no column "w"'):
        check_data(spec)


def test_the_training_rows_are_refused_as_rows_to_test_on() -> None:
    with pytest.raises(UserError, match=r"^--test: must be another file than data.uri"):
        experiment_from_options(RunOptions("my.csv", "churn", test="my.csv"), cores=1)


def test_a_columns_name_may_contain_an_equals_sign() -> None:
    assert column_types(["zip=categorical", "a=b=numeric"]) == {"zip": "categorical", "a=b": "numeric"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["zip"], "--column zip: write a column's name and type, as in --column zip=categorical"),
        (["=numeric"], "write a column's name and type"),
        (["a=numeric", "a=ignore"], 'the type of "a" is given twice; give it once'),
    ],
    ids=["no type", "no name", "twice"],
)
def test_a_columns_kind_must_be_given_once_and_completely(given: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        column_types(given)


def test_options_override_the_file(tmp_path: Path) -> None:
    manifest = tmp_path / "churn.yaml"
    manifest.write_text(MANIFEST)
    experiment = experiment_from_file(manifest, RunOptions(time="30s"), cores=2)
    assert experiment.metadata.name == "churn"
    assert experiment.spec.budget.time == "30s"
    assert experiment.spec.budget.trials == 7
    assert experiment.spec.data.ignore_columns == ("id",)
    assert experiment.spec.parallelism == 2


def test_a_relative_data_path_starts_at_the_files_folder(tmp_path: Path) -> None:
    manifest = tmp_path / "churn.yaml"
    manifest.write_text(MANIFEST)
    assert experiment_from_file(manifest, RunOptions(), cores=1).spec.data.uri == f"file://{tmp_path}/my.csv"


def test_a_typo_in_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    manifest = tmp_path / "churn.yaml"
    manifest.write_text(MANIFEST.replace("time: 5m", "tme: 5m"))
    with pytest.raises(UserError, match=r'churn\.yaml:7: spec\.budget\.tme: unknown key; did you mean "time"\?'):
        experiment_from_file(manifest, RunOptions(), cores=1)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param(RunOptions(target="churn"), "no data is named", id="no data"),
        pytest.param(RunOptions("my.csv"), "no target is named", id="no target"),
        pytest.param(
            RunOptions("my.csv", "churn", "banana"), '--time: "banana" is not a duration', id="not a duration"
        ),
        pytest.param(
            RunOptions("my.csv", "churn", encoding="utf8mb4"),
            "--encoding: must be an encoding that Python",
            id="not an encoding",
        ),
        pytest.param(RunOptions("my.csv", "churn", "0s"), "--time", id="not a time column"),
        pytest.param(RunOptions("my.csv", "churn", metric="roc_acu"), 'Did you mean "roc_auc"', id="metric"),
        pytest.param(
            RunOptions("my.csv", "churn", metric="rmse", task="binary"), "--metric: must fit the task binary", id="task"
        ),
        pytest.param(
            RunOptions("my.csv", "churn", metric="x", task="regression"),
            "The metrics are rmse, mse, mae",
            id="metrics of the task",
        ),
        pytest.param(
            RunOptions("my.csv", "churn", metric="rmse", positive_class="a"),
            "--metric: must fit two classes",
            id="classes",
        ),
        pytest.param(
            RunOptions("my.csv", "churn", trials=10_001), '--trials: is "10001"; must be at most 10000', id="trials"
        ),
        pytest.param(RunOptions("my.csv", "x" * 300), "--target: must be at most 256 letters long", id="long name"),
        pytest.param(
            RunOptions("my.csv", "churn", learners=["LightGBM"]),
            '--learners: is "LightGBM"; write the names of learners',
            id="learner's name",
        ),
        pytest.param(
            RunOptions("my.csv", "churn", ignore=["churn"]),
            "--ignore: must not contain the target",
            id="target ignored",
        ),
        pytest.param(RunOptions("s3://", "churn"), "not an address of data", id="address"),
        pytest.param(RunOptions("my.csv", ""), "no target is named", id="empty target"),
    ],
)
def test_a_wrong_option_is_reported(answers: RunOptions, words: str) -> None:
    with pytest.raises(UserError, match=words):
        experiment_from_options(answers, cores=1)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("my.csv", "my"),
        ("/a/b/Sales 2024.csv.gz", "sales-2024"),
        ("example:adult", "adult"),
        ("2024.csv", "data-2024"),
        ("x" * 90 + ".csv", "x" * 40),
        ("über.csv", "ber"),
        ("日本.csv", "data"),
    ],
)
def test_an_experiment_is_named_after_its_data(data: str, name: str) -> None:
    assert name_for(data) == name


def test_a_path_with_odd_characters_survives() -> None:
    assert data_uri("/a b/ü#%.csv") == "file:///a%20b/%C3%BC%23%25.csv"
