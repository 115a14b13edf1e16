"""Wrong experiments that the API server itself refuses, with the field and the reason.

All experiments here are suspended, except one whose data is a file on the user's machine.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from automl_api.names import API_VERSION, MAX_NAME_LENGTH
from builders.applied import Applied
from builders.command_line import automl
from builders.definitions import WrittenRule, written_rules
from builders.experiments import a_model_spec, a_plan_spec
from builders.installation import Installation
from builders.scoped_release import restricted_namespace
from builders.source_tree import ROOT
from builders.waiting import eventually
from cluster import Cluster
from cluster.errors import ToolError

ADULT = ROOT / "examples" / "adult.yaml"
RULES = written_rules()
EXPERIMENTS = "automlexperiments"

# The written spec, and the beginning of the message of the rule that refuses it.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no time at all": ({"budget": {"time": "0s"}}, "spec.budget.time must be more than zero"),
    "a learner both in and out": (
        {"learners": {"include": ["linear"], "exclude": ["linear"]}},
        "spec.learners must not include and exclude",
    ),
    "a single fold": ({"evaluation": {"folds": 1}}, "must be auto or a whole number from 2 to 20"),
    "folds in words": ({"evaluation": {"folds": "ten"}}, "must be auto or a whole number from 2 to 20"),
    "groups and times": (
        {"evaluation": {"groupColumn": "a", "timeColumn": "b"}},
        "spec.evaluation can split by groupColumn or by timeColumn",
    ),
    "the target left out": (
        {"data": {"uri": "example:adult", "ignoreColumns": ["class"]}},
        "spec.data.ignoreColumns must not contain the target",
    ),
    "a target that is a date": (
        {"data": {"uri": "example:adult", "columns": [{"name": "class", "type": "datetime"}]}},
        "spec.data.columns must give the target",
    ),
    "grouped by the target": ({"evaluation": {"groupColumn": "class"}}, "spec.evaluation must name other columns"),
    "ordered by the target": ({"evaluation": {"timeColumn": "class"}}, "spec.evaluation must name other columns"),
    "weighted by the target": ({"evaluation": {"weightColumn": "class"}}, "spec.evaluation must name other columns"),
    "tested on itself": ({"evaluation": {"test": {"uri": "example:adult"}}}, "spec.evaluation.test.uri must be"),
    "two classes by a metric for numbers": (
        {"task": "binary", "objective": {"metric": "rmse"}},
        "spec.objective.metric must fit the task binary",
    ),
    "many classes by a metric for two": (
        {"task": "multiclass", "objective": {"metric": "roc_auc"}},
        "spec.objective.metric must fit the task multiclass",
    ),
    "numbers by a metric for classes": (
        {"task": "regression", "objective": {"metric": "f1"}},
        "spec.objective.metric must fit the task regression",
    ),
    "a positive class among numbers": (
        {"task": "regression", "positiveClass": "yes"},
        "spec.positiveClass only has a meaning for two classes",
    ),
    "a positive class and a metric for many": (
        {"positiveClass": "yes", "objective": {"metric": "f1_macro"}},
        "spec.objective.metric must fit two classes",
    ),
}

# Changes of an experiment that has started; the rule says "spec.FIELD cannot change after the start".
CHANGED: dict[str, Any] = {
    "data": {"uri": "example:other"},
    "target": "other",
    "positiveClass": "yes",
    "task": "binary",
    "objective": {"metric": "accuracy"},
    "search": {"seed": 1},
    "earlyStopping": {"algorithm": "none"},
    "learners": {"include": ["linear"]},
    "pools": [{"name": "gpu"}],
    "evaluation": {"folds": 3},
    "store": {"uri": "s3://bucket/elsewhere"},
    "serviceAccountName": "other",
}
ALLOWED: dict[str, Any] = {"budget": {"time": "5m"}, "parallelism": 2, "suspend": False, "stop": True}

BAD_NAMES = {"too long": "a" * (MAX_NAME_LENGTH + 1), "beginning with a digit": "2nd", "with a dot": "a.b"}
NAME_RULE = "metadata.name must be at most 40"
SEALED = "spec never changes"

# Objects of the operator whose spec nobody may change: the kind, the spec, and a change that is tried.
CHILDREN: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "automltrials": (
        "AutoMLTrial",
        {"experiment": "churn", "index": 0, "configuration": {"learner": "linear", "parameters": {"strength": 1}}},
        {"configuration": {"parameters": {"strength": 2}}},
    ),
    "automlplans": ("AutoMLPlan", a_plan_spec().to_dict(), {"folds": 7}),
    "automlmodels": ("AutoMLModel", {**a_model_spec().to_dict(), "uri": "s3://bucket/models/churn"}, {"target": "x"}),
}

# Specs that the schema refuses; the message has to name the field.
MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "an invalid time": ({"budget": {"time": "banana"}}, "spec.budget.time"),
    "no trials": ({"budget": {"trials": 0}}, "spec.budget.trials"),
    "a number in quotes": ({"budget": {"trials": "20"}}, "spec.budget.trials"),
    "an unknown task": ({"task": "regresion"}, "spec.task"),
    "an invalid address": ({"data": {"uri": "ftp://host/file"}}, "spec.data.uri"),
    "a pool twice": ({"pools": [{"name": "gpu"}, {"name": "gpu"}]}, "spec.pools"),
    "no target": ({"target": None}, "spec.target"),
}


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[str]:
    with restricted_namespace(cluster, "t1-refusals") as name:
        yield name


@pytest.fixture(scope="module")
def started_experiment(cluster: Cluster, place: str) -> str:
    """An experiment whose status says that it has started."""
    experiment = Applied(cluster, place, "started", suspend=True, learners={})
    status = json.dumps({"status": {"startedAt": "2026-01-01T00:00:00Z"}})
    experiment.kubectl("patch", "amlexp", "started", "--subresource=status", "--type=merge", "--patch", status)
    return experiment.name


def experiment_json(name: str = "churn", **spec: Any) -> str:
    spec = {"data": {"uri": "example:adult"}, "target": "class", "suspend": True, **spec}
    return as_json("AutoMLExperiment", name, {key: value for key, value in spec.items() if value is not None})


def as_json(kind: str, name: str, spec: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec})


def refused(cluster: Cluster, *command: str, text: str | None = None) -> str:
    """The error of kubectl for a command that the API server refuses."""
    with pytest.raises(ToolError) as error:
        cluster.kubectl(*command, text=text)
    return str(error.value)


def rule(beginning: str, plural: str = EXPERIMENTS) -> WrittenRule:
    """The one rule whose message begins like this."""
    (found,) = [rule for rule in RULES if rule.plural == plural and rule.message.startswith(beginning)]
    return found


def cannot_change(field: str) -> str:
    return f"spec.{field} cannot change after the start"


# Rules


def test_every_rule_of_the_definitions_has_a_row_here() -> None:
    beginnings = [(EXPERIMENTS, beginning) for _, beginning in WRONG.values()]
    beginnings += [(EXPERIMENTS, cannot_change(field)) for field in CHANGED]
    beginnings += [(EXPERIMENTS, NAME_RULE), *((plural, SEALED) for plural in CHILDREN)]
    provoked = {rule(beginning, plural) for plural, beginning in beginnings}
    assert len(RULES) > 20
    assert set(RULES) - provoked == set()


@pytest.mark.parametrize(("spec", "beginning"), WRONG.values(), ids=WRONG)
def test_a_wrong_experiment_is_refused_with_the_field_and_the_reason(
    spec: dict[str, Any], beginning: str, cluster: Cluster, place: str
) -> None:
    message = refused(cluster, "create", "--namespace", place, "--filename=-", text=experiment_json(**spec))
    broken = rule(beginning)
    assert f"{broken.field}: Invalid value" in message
    assert broken.message in message


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_that_is_invalid_for_trials_is_refused(name: str, cluster: Cluster, place: str) -> None:
    message = refused(cluster, "create", "--namespace", place, "--filename=-", text=experiment_json(name))
    assert rule(NAME_RULE).message in message


def test_a_name_of_forty_letters_is_accepted(cluster: Cluster, place: str) -> None:
    name = "a" * MAX_NAME_LENGTH
    message = cluster.kubectl(
        "create", "--namespace", place, "--dry-run=server", "--filename=-", text=experiment_json(name)
    )
    assert f"{name} created (server dry run)" in message


@pytest.mark.parametrize("field", CHANGED)
def test_most_of_the_spec_cannot_change_after_the_start(
    field: str, cluster: Cluster, place: str, started_experiment: str
) -> None:
    message = refused(cluster, *changing(place, started_experiment, {field: CHANGED[field]}))
    assert rule(cannot_change(field)).message in message


def test_before_the_start_everything_can_change(cluster: Cluster, place: str) -> None:
    cluster.kubectl("create", "--namespace", place, "--filename=-", text=experiment_json("waiting"))
    for field, value in CHANGED.items():
        assert "patched" in cluster.kubectl(*changing(place, "waiting", {field: value}))


def test_budget_parallelism_suspend_and_stop_can_change_at_any_time(
    cluster: Cluster, place: str, started_experiment: str
) -> None:
    for field, value in ALLOWED.items():
        assert "patched" in cluster.kubectl(*changing(place, started_experiment, {field: value}))


def changing(place: str, name: str, spec: dict[str, Any], plural: str = EXPERIMENTS) -> tuple[str, ...]:
    """The kubectl arguments of a change as a dry run, which leaves the object for the next test."""
    patch = json.dumps({"spec": spec})
    return ("patch", plural, name, "--namespace", place, "--type=merge", "--dry-run=server", "--patch", patch)


@pytest.mark.parametrize("plural", CHILDREN)
def test_the_spec_of_a_child_never_changes(plural: str, cluster: Cluster, place: str) -> None:
    kind, spec, change = CHILDREN[plural]
    cluster.kubectl("create", "--namespace", place, "--filename=-", text=as_json(kind, "sealed", spec))
    message = refused(cluster, *changing(place, "sealed", change, plural))
    assert rule(SEALED, plural).message in message


# The schema


@pytest.mark.parametrize(("spec", "field"), MALFORMED.values(), ids=MALFORMED)
def test_a_spec_that_the_schema_forbids_is_refused_with_the_field(
    spec: dict[str, Any], field: str, cluster: Cluster, place: str
) -> None:
    message = refused(cluster, "create", "--namespace", place, "--filename=-", text=experiment_json(**spec))
    assert field in message


def test_an_unknown_key_is_refused(cluster: Cluster, place: str) -> None:
    message = refused(cluster, "apply", "--namespace", place, "--filename=-", text=experiment_json(tagret="class"))
    assert 'unknown field "spec.tagret"' in message


def test_a_dry_run_on_the_server_shows_the_result_and_creates_nothing(cluster: Cluster, place: str) -> None:
    command = ("apply", "--namespace", place, "--dry-run=server", "--filename", str(ADULT))
    assert "created (server dry run)" in cluster.kubectl(*command)
    shown = json.loads(cluster.kubectl(*command, "--output=json"))
    assert shown["spec"]["budget"] == {"time": "2m", "trials": 200, "failedTrials": 20, "patience": 50}
    assert shown["spec"]["search"] == {"algorithm": "bayesian", "seed": 0}
    assert "NotFound" in refused(cluster, "get", EXPERIMENTS, "adult", "--namespace", place)


def test_a_dry_run_on_the_server_refuses_a_wrong_experiment(cluster: Cluster, place: str) -> None:
    command = ("apply", "--namespace", place, "--dry-run=server", "--filename=-")
    assert "spec.budget.time" in refused(cluster, *command, text=experiment_json(budget={"time": "0s"}))


# The user's commands


def written(folder: Path, name: str, **spec: Any) -> str:
    (folder / "x.yaml").write_text(yaml.safe_dump(json.loads(experiment_json(name, **spec))))
    return "x.yaml"


def test_the_command_refuses_a_file_of_this_machine_and_names_the_upload(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    manifest = written(tmp_path, "local", data={"uri": "file:/tmp/my.csv"})
    done = automl("apply", "-f", manifest, "-n", place, cwd=tmp_path, KUBECONFIG=str(cluster.kubeconfig))
    assert done.returncode == 2
    assert "automl apply -f x.yaml --data /tmp/my.csv" in done.stderr
    assert "NotFound" in refused(cluster, "get", EXPERIMENTS, "local", "--namespace", place)


def test_the_command_refuses_a_name_that_is_too_long(cluster: Cluster, place: str, tmp_path: Path) -> None:
    manifest = written(tmp_path, "a" * 41)
    done = automl("apply", "-f", manifest, "-n", place, cwd=tmp_path, KUBECONFIG=str(cluster.kubeconfig))
    assert done.returncode == 2
    assert "metadata.name" in done.stderr


def test_an_applied_file_of_this_machine_fails_with_the_command_that_uploads_it(
    cluster: Cluster, place: str, installation: Installation, tmp_path: Path
) -> None:
    experiment = Applied(cluster, place, "local", data={"uri": "file:/tmp/my.csv"})
    eventually("it fails", lambda: experiment.state() == "Failed", 60)
    (failed,) = [found for found in experiment.status()["conditions"] if found["type"] == "Failed"]
    assert failed["reason"] == "LocalAddress"
    assert "spec.data.uri is file:/tmp/my.csv" in failed["message"]
    assert "automl apply -f EXPERIMENT.yaml --data FILE" in failed["message"]
    done = automl("wait", "local", "-n", place, cwd=tmp_path, KUBECONFIG=str(cluster.kubeconfig))
    assert done.returncode == 1
    assert "automl apply" in done.stderr
    assert experiment.children("jobs", "pods") == []
