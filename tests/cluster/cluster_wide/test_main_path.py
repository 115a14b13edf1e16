"""The example, from apply to a model that predicts: with a claim, and with a bucket of a real S3 server.

Both run once, in parallel (`scenarios` in conftest.py). The tests read the user's output and the stored objects. Tests
that stop or delete experiments create their own.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas
import pytest

from automl_api.names import plan_name
from automl_api.resources import Trial
from builders.command_line import automl
from builders.scenario import ROWS, Scenario, Terminal
from builders.waiting import eventually

SIDES = ("claim", "bucket")
LINEAR: dict[str, Any] = {"learners": {"include": ["linear"]}, "budget": {"time": "20m", "trials": 200}}
POD_IMAGE = ("--pod-image", "localhost/cluster-busybox:1")


@pytest.fixture(params=SIDES)
def scenario(request: pytest.FixtureRequest, scenarios: dict[str, Scenario]) -> Scenario:
    return scenarios[request.param]


# The user's output


def test_apply_reports_the_creation_and_how_to_follow_it(scenario: Scenario) -> None:
    assert (scenario.applied.returncode, scenario.applied.stderr) == (0, "")
    assert f"{scenario.name} created in namespace {scenario.terminal.namespace}" in scenario.applied.stdout
    assert f"automl wait {scenario.name} -n {scenario.terminal.namespace}" in scenario.applied.stdout


def test_wait_ends_with_zero_and_prints_the_progress(scenario: Scenario) -> None:
    waited = scenario.waited
    assert (waited.returncode, waited.stderr) == (0, "")
    assert 'adult: 48,842 rows, target "class" (binary, 24 % ">50K"), metric roc_auc' in waited.stdout
    assert re.search(r"^\d+ s: \w+ 0\.\d+$", waited.stdout, re.MULTILINE)
    assert "search ended: " in waited.stdout
    test = r"(test 0\.\d+ \[0\.\d+, [01]\.\d+\], 1,000 rows   )?"
    assert re.search(rf"^roc_auc 0\.9\d+ \[0\.\d+, 0\.\d+\]   {test}Model: \S+", waited.stdout, re.MULTILINE)
    assert f"automl download {scenario.name}" in waited.stdout


def test_waiting_for_an_ended_experiment_returns_at_once(scenario: Scenario) -> None:
    again = scenario.terminal.automl("wait", scenario.name, "--json")
    assert again.returncode == 0
    answer = json.loads(again.stdout)
    assert (answer["state"], answer["metric"], answer["model"]) == (
        "Complete",
        "roc_auc",
        scenario.experiment.status.model,
    )


def test_kubectl_get_shows_the_state_of_an_experiment(scenario: Scenario) -> None:
    header, row = scenario.terminal.kubectl("get", "amlexp", scenario.name).splitlines()
    assert header.split() == ["NAME", "STATE", "TRIALS", "BEST", "METRIC", "MODEL", "AGE"]
    name, state, trials, best, metric, model, age = row.split()
    status = scenario.experiment.status
    assert (name, state, metric, model) == (scenario.name, "Complete", "roc_auc", status.model)
    assert int(trials) == status.trials.total == len(scenario.trials)
    assert status.best is not None
    assert float(best) == pytest.approx(status.best.score)
    assert re.fullmatch(r"\d+[smh]\S*", age)


def test_kubectl_get_lists_trials_and_models(scenario: Scenario) -> None:
    listed = scenario.terminal.kubectl("get", "amltrial,amlmodel", "--output=name").split()
    wanted = {f"automltrial.automl-operator.dev/{trial.metadata.name}" for trial in scenario.trials}
    assert wanted | {f"automlmodel.automl-operator.dev/{scenario.experiment.status.model}"} <= set(listed)


def test_kubectl_describe_shows_the_events(scenario: Scenario) -> None:
    described = scenario.terminal.kubectl("describe", "amlexp", scenario.name)
    events = described[described.index("\nEvents:") :]
    reasons = ["Preparing", "PlanMade", "Searching", "BestImproved", "Finalizing", "ModelPublished"]
    places = [events.find(f" {reason} ") for reason in reasons]
    assert -1 not in places, events
    # kubectl sorts by whole seconds, so Events of the same second may have any order.
    assert places[0] < places[3] < places[5]
    assert re.search(r"roc_auc 0\.\d+ by \S+ \(\w+\) over \d+ folds?\.", events)
    assert f"The model {scenario.experiment.status.model} is published." in events


def test_conditions_have_status_reason_message_and_generation(scenario: Scenario) -> None:
    experiment = scenario.experiment
    conditions = {condition.type: condition for condition in experiment.status.conditions}
    assert {"Complete", "Prepared", "Searched"} <= set(conditions)
    assert all(found.status == "True" and found.reason and found.message for found in conditions.values())
    assert conditions["Complete"].reason == "ModelPublished"
    assert conditions["Prepared"].message == "48,842 rows, 14 columns."
    assert conditions["Searched"].reason in {"TrialsSpent", "TimeSpent"}
    assert all(1 <= found.observed_generation <= experiment.metadata.generation for found in conditions.values())


def test_kubectl_explain_describes_the_fields(scenario: Scenario) -> None:
    explained = scenario.terminal.cluster.kubectl("explain", "amlexp.spec.budget")
    assert "The limits of the search: time, trials and failures." in explained
    for field in ("failedTrials", "patience", "time", "trials"):
        assert re.search(rf"^  {field}\t<", explained, re.MULTILINE)
    assert "for example 2m or 1h30m" in explained


def test_kubectl_automl_is_the_same_command(scenario: Scenario) -> None:
    waited = scenario.terminal.plugin("wait", scenario.name)
    assert (waited.returncode, waited.stderr) == (0, "")
    assert f"Model: {scenario.experiment.status.model}" in waited.stdout
    assert f"get it: kubectl automl download {scenario.name}" in waited.stdout


def test_applying_the_same_again_changes_nothing(scenario: Scenario) -> None:
    before = scenario.terminal.cluster.get("amlexp", scenario.name, namespace=scenario.terminal.namespace)
    again = scenario.terminal.automl("apply", "-f", scenario.manifest)
    assert again.returncode == 0
    assert f"{scenario.name} unchanged" in again.stdout
    after = scenario.terminal.cluster.get("amlexp", scenario.name, namespace=scenario.terminal.namespace)
    assert {"spec": before["spec"], "status": before["status"]} == {"spec": after["spec"], "status": after["status"]}
    assert before["metadata"]["generation"] == after["metadata"]["generation"]


# The model


def test_the_model_predicts_rows_of_the_example(scenario: Scenario, tmp_path: Path) -> None:
    downloaded = scenario.terminal.automl("download", scenario.name, "--out", tmp_path / "adult")
    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    rows = pandas.read_csv(ROWS, nrows=2_000)
    rows.drop(columns="class").to_csv(tmp_path / "new.csv", index=False)
    predicted = automl("predict", "--model", "adult", "--data", "new.csv", "--out", "predictions.csv", cwd=tmp_path)
    assert (predicted.returncode, predicted.stderr) == (0, "")
    answers = pandas.read_csv(tmp_path / "predictions.csv")
    assert list(answers) == ["class", "class_<=50K", "class_>50K"]
    assert len(answers) == len(rows)
    assert (answers[["class_<=50K", "class_>50K"]].sum(axis=1) - 1).abs().max() < 1e-6
    assert (answers["class"] == rows["class"]).mean() > 0.8


def test_the_model_names_its_address_and_its_experiment(scenarios: dict[str, Scenario]) -> None:
    for side, scenario in scenarios.items():
        model = scenario.terminal.cluster.get(
            "amlmodel", scenario.experiment.status.model, namespace=scenario.terminal.namespace
        )
        assert model["spec"]["experiment"] == scenario.name
        assert model["spec"]["uri"].startswith({"claim": f"pvc://{scenario.name}-store/", "bucket": "s3://"}[side])
        assert "ownerReferences" not in model["metadata"]


@dataclass(frozen=True)
class Compared:
    """A configuration that was tried locally (`here`) and on the cluster (`there`)."""

    here: Trial
    there: Trial


def test_a_local_run_names_the_same_first_configurations(scenarios: dict[str, Scenario], tmp_path: Path) -> None:
    """Compares the trials by index, up to the first that the search itself chose in either place.

    Defaults and portfolios depend on the plan only. The search's own choices depend on the trials that are finished by
    then, which is a matter of timing, so that later trials may differ.
    """
    scenario = scenarios["claim"]
    done = automl("fit", "-f", scenario.terminal.folder / scenario.manifest, "--out", "local", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    here = sorted(
        (Trial.read_json(file.read_text()) for file in (tmp_path / "local" / "world" / "trials").glob("*.json")),
        key=lambda trial: trial.spec.index,
    )
    pairs = [
        Compared(local, remote)
        for local, remote in zip(here, scenario.trials, strict=False)
        if "search" not in {local.spec.origin, remote.spec.origin}
    ]
    assert len(pairs) >= 5
    for pair in pairs:
        assert pair.here.spec.index == pair.there.spec.index
        assert pair.here.spec.configuration.key == pair.there.spec.configuration.key
    assert scores(pairs), "some fold was fitted in both places"
    for ours, theirs in scores(pairs):
        assert ours == pytest.approx(theirs, abs=1e-6)
    board = json.loads(automl("leaderboard", "local", "--json", cwd=tmp_path).stdout)["leaderboard"]
    ours_by_index = {index_of(entry["trial"]): (entry["learner"], entry["view"]) for entry in board}
    compared = {pair.here.spec.index for pair in pairs} & ours_by_index.keys()
    theirs_by_index = {index_of(e.trial): (e.learner, e.view) for e in scenario.experiment.status.leaderboard}
    assert compared & theirs_by_index.keys(), "some configuration is on both leaderboards"
    for index in compared & theirs_by_index.keys():
        assert ours_by_index[index] == theirs_by_index[index]


def index_of(trial: str) -> int:
    return int(trial.rpartition("-")[2])


def scores(pairs: list[Compared]) -> list[tuple[float, float]]:
    """The scores of the folds that were fitted in both places."""
    found = []
    for pair in pairs:
        there = {fold.fold: fold.score for fold in pair.there.status.folds}
        found += [(fold.score, there[fold.fold]) for fold in pair.here.status.folds if fold.fold in there]
    return found


# A file of the user


@pytest.mark.parametrize("side", SIDES)
def test_a_file_of_the_user_becomes_a_model_of_its_columns(scenarios: dict[str, Scenario], side: str) -> None:
    terminal = scenarios[side].terminal
    pandas.read_csv(ROWS, nrows=3_000)[["age", "education", "class"]].to_csv(terminal.folder / "own.csv", index=False)
    store = scenarios[side].experiment.spec.store.to_dict() if side == "bucket" else {}
    manifest = terminal.write("own", store=store, learners={"include": ["linear"]}, budget={"time": "10m", "trials": 1})
    applied = terminal.automl("apply", "-f", manifest, "--data", "own.csv", *POD_IMAGE)
    assert (applied.returncode, applied.stderr) == (0, "")
    waited = terminal.automl("wait", "own", "--timeout", "5m")
    assert (waited.returncode, waited.stderr) == (0, "")
    assert 'own: 3,000 rows, target "class"' in waited.stdout
    status = terminal.experiment("own").status
    model = terminal.cluster.get("amlmodel", status.model, namespace=terminal.namespace)
    assert {column["name"] for column in model["spec"]["columns"]} == {"age", "education"}
    if side == "claim":
        claim = terminal.cluster.get("pvc", "own-store", namespace=terminal.namespace)
        owners = {owner["name"] for owner in claim["metadata"]["ownerReferences"]}
        assert owners == {"own", status.model}, "the experiment and the model own the claim that the command created"


# Stopped and deleted


@pytest.fixture(scope="module")
def stopped(scenarios: dict[str, Scenario], tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminal, str]:
    """An experiment that was applied with kubectl and stopped during its search."""
    beside = scenarios["claim"].terminal
    terminal = Terminal(beside.cluster, beside.namespace, tmp_path_factory.mktemp("stopped"), beside.variables)
    manifest = terminal.write("stopped", **LINEAR)
    assert "created" in terminal.kubectl("apply", "--filename", str(terminal.folder / manifest))
    assert "unchanged" in terminal.kubectl("apply", "--filename", str(terminal.folder / manifest))
    eventually("there is a best trial", lambda: terminal.experiment("stopped").status.best is not None)
    stop = terminal.automl("stop", "stopped")
    assert (stop.returncode, stop.stderr) == (0, "")
    assert re.search(r"stopped ends now: the best of \d+ trials? so far is published \(linear 0\.\d+\)", stop.stdout)
    return terminal, "stopped"


def test_stop_publishes_the_best_so_far(stopped: tuple[Terminal, str]) -> None:
    terminal, name = stopped
    waited = terminal.automl("wait", name, "--timeout", "2m")
    assert (waited.returncode, waited.stderr) == (0, "")
    status = terminal.experiment(name).status
    searched = next(condition for condition in status.conditions if condition.type == "Searched")
    assert (status.state, searched.reason) == ("Complete", "StopRequested")
    assert status.trials.total < LINEAR["budget"]["trials"]
    assert status.model
    again = terminal.automl("stop", name)
    assert again.stdout.strip() == f"{name} is Complete already; its model is {status.model}"


def test_deleting_an_experiment_keeps_its_model(stopped: tuple[Terminal, str], tmp_path: Path) -> None:
    terminal, name = stopped
    assert terminal.automl("wait", name, "--timeout", "2m").returncode == 0
    experiment = terminal.experiment(name)
    assert terminal.children(name, "amltrial")
    terminal.kubectl("delete", "amlexp", name)
    gone(terminal, name)
    plans = terminal.kubectl("get", "amlplan", "--output=name")
    assert plan_name(name, experiment.metadata.uid) not in plans
    claim = terminal.cluster.get("pvc", f"{name}-store", namespace=terminal.namespace)
    assert claim["status"]["phase"] == "Bound"
    downloaded = terminal.automl("download", experiment.status.model, "--out", tmp_path / "model", *POD_IMAGE)
    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    assert (tmp_path / "model" / "manifest.json").is_file()


def test_deleting_a_running_experiment_ends_its_work(scenarios: dict[str, Scenario]) -> None:
    terminal = scenarios["claim"].terminal
    manifest = terminal.write("going", **LINEAR)
    terminal.kubectl("apply", "--filename", str(terminal.folder / manifest))
    eventually("a trial is at work", lambda: terminal.children("going", "amltrial"))
    assert terminal.children("going", "jobs", "pods")
    terminal.kubectl("delete", "amlexp", "going")
    gone(terminal, "going")
    eventually("its claim is gone", lambda: not terminal.children("going", "pvc"))


def gone(terminal: Terminal, name: str) -> None:
    kinds = ("amltrial", "amlplan", "jobs", "pods")
    eventually(f"nothing of {name} is left", lambda: not terminal.children(name, *kinds))
