"""The invariants of experiments that have ended or rest, checked in stored objects, logs and the operator's calls.

Reads the two scenarios of `test_main_path.py`, which have ended, and two experiments at rest. It is the last file of
the folder, so that nothing has happened to them for a while.
"""

import base64
import json
import re
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from automl_api.metrics import METRICS
from automl_api.resources import ExperimentStatus, Trial
from builders.applied import Applied
from builders.installation import Installation
from builders.scenario import Scenario
from builders.waiting import eventually

REST_SECONDS = 60.0
SETTLING_SECONDS = 15.0
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
TOKEN = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


@pytest.fixture(params=["claim", "bucket"])
def scenario(request: pytest.FixtureRequest, scenarios: dict[str, Scenario]) -> Scenario:
    return scenarios[request.param]


# I3 to I6: the status is true


def test_no_job_and_no_pod_is_left(scenario: Scenario) -> None:
    eventually("the runners are gone", lambda: not scenario.terminal.children(scenario.name, "jobs", "pods"), 60)


def test_the_counters_are_those_of_the_trials(scenario: Scenario) -> None:
    counts = scenario.experiment.status.trials
    states = Counter(trial.status.state for trial in scenario.trials)
    assert counts.total == states.total() > 0
    assert counts.running == states["Running"] + states["Paused"] == 0
    assert (counts.succeeded, counts.stopped) == (states["Succeeded"], states["Stopped"])
    assert (counts.infeasible, counts.failed) == (states["Infeasible"], states["Failed"])


def test_no_configuration_was_tried_twice_and_trials_stay_within_the_budget(scenario: Scenario) -> None:
    keys = [trial.spec.configuration.key for trial in scenario.trials]
    assert len(set(keys)) == len(keys) <= scenario.experiment.spec.budget.trials
    assert [trial.spec.index for trial in scenario.trials] == list(range(len(keys)))


def test_the_best_trial_is_the_best_of_those_with_the_most_folds(scenario: Scenario) -> None:
    status = scenario.experiment.status
    comparable = furthest(scenario.trials)
    ranked = sorted(comparable, key=lambda trial: -METRICS[status.metric].sign * mean_score(trial))
    assert status.best is not None
    assert status.best.trial == ranked[0].metadata.name
    assert status.best.folds == len(ranked[0].status.folds)
    assert [entry.trial for entry in status.leaderboard] == [trial.metadata.name for trial in ranked[:10]]
    for entry, trial in zip(status.leaderboard, ranked, strict=False):
        assert entry.score == pytest.approx(mean_score(trial))
        assert entry.learner == trial.spec.configuration.learner


def furthest(trials: list[Trial]) -> list[Trial]:
    """The trials with the most finished folds. If their sets of folds differ, those with the most common set."""
    judged = [trial for trial in trials if trial.status.folds and trial.status.state not in {"Infeasible", "Failed"}]
    sets = Counter(fold_numbers(trial) for trial in judged)
    chosen = max(sets, key=lambda folds: (len(folds), sets[folds], tuple(-fold for fold in folds)))
    return [trial for trial in judged if fold_numbers(trial) == chosen]


def fold_numbers(trial: Trial) -> tuple[int, ...]:
    return tuple(fold.fold for fold in trial.status.folds)


def mean_score(trial: Trial) -> float:
    return fmean(fold.score for fold in trial.status.folds)


# I7: secrets stay where they are


def test_no_secret_value_is_in_any_object(scenarios: dict[str, Scenario], installation: Installation) -> None:
    keys = secret_values(scenarios["bucket"])
    for namespace in (installation.namespace, *(scenario.terminal.namespace for scenario in scenarios.values())):
        items = objects(scenarios["bucket"], namespace)
        assert items
        for item in items:
            named = f"{item['kind']} {item['metadata']['name']} in {namespace}"
            assert leaks(json.dumps(item), keys) == [], named


def test_no_secret_value_is_in_any_log(scenarios: dict[str, Scenario], installation: Installation) -> None:
    keys = secret_values(scenarios["bucket"])
    assert installation.log_lines()
    assert leaks("\n".join(installation.log_lines()), keys) == []
    for scenario in scenarios.values():
        assert any("prepare" in text for text in scenario.printed.values()), "the output of the runners was copied"
        for pod, text in scenario.printed.items():
            assert leaks(text, keys) == [], pod
        assert leaks(scenario.applied.stdout + scenario.waited.stdout, keys) == []


def test_no_secret_value_is_in_the_model(scenarios: dict[str, Scenario], tmp_path: Path) -> None:
    scenario = scenarios["bucket"]
    downloaded = scenario.terminal.automl("download", scenario.name, "--out", tmp_path / "model")
    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    files = [file for file in (tmp_path / "model").rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert leaks(file.read_bytes().decode(errors="replace"), secret_values(scenario)) == [], file.name


def secret_values(scenario: Scenario) -> tuple[str, ...]:
    """The keys of the bucket, in plain text and in base64 as in a Secret."""
    plain = tuple(scenario.terminal.variables.values())
    assert len(plain) == 2
    return (*plain, *(base64.b64encode(value.encode()).decode() for value in plain))


def leaks(text: str, keys: tuple[str, ...]) -> list[str]:
    """The secrets in a text."""
    found = [key for key in keys if key in text]
    return found + TOKEN.findall(text) + PRIVATE_KEY.findall(text)


def objects(scenario: Scenario, namespace: str) -> list[dict[str, Any]]:
    """All objects in a namespace except Secrets."""
    cluster = scenario.terminal.cluster
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
    looked_at = sorted({kind for kind in kinds if kind != "secrets"})
    assert {"events", "pods", "configmaps", "automlexperiments.automl-operator.dev"} <= set(looked_at)
    found: list[dict[str, Any]] = cluster.get(",".join(looked_at), namespace=namespace)["items"]
    return found


# I9: at rest an object is written fewer than 5 times a minute; once its experiment has ended, never


@pytest.fixture(scope="module")
def rest(scenarios: dict[str, Scenario]) -> float:
    """Beginning of a minute after the end of both scenarios, in Unix seconds; the minute is over."""
    since = max(scenario.ended_at for scenario in scenarios.values()) + SETTLING_SECONDS
    rested = since + REST_SECONDS
    eventually("a minute of rest is over", lambda: time.time() > rested, REST_SECONDS + SETTLING_SECONDS)
    return since


def test_at_rest_an_object_is_written_fewer_than_5_times_a_minute(
    resting: dict[str, Applied], installation: Installation, rest: float
) -> None:
    assert [experiment.state() for experiment in resting.values()] == list(resting)
    places = {experiment.namespace for experiment in resting.values()}
    written = [call for call in writes_of(installation) if target(call)[1] in places]
    names = {target(call)[2] for call in written}
    assert names >= {experiment.name for experiment in resting.values()}, "the audit log has earlier writes"
    writes = Counter(target(call) for call in written if rest <= moment(call) < rest + REST_SECONDS)
    assert {about: count for about, count in writes.items() if count >= 5} == {}, "I9"


def test_once_an_experiment_has_ended_nothing_is_written(
    scenarios: dict[str, Scenario], installation: Installation, rest: float
) -> None:
    writes = Counter(target(call) for call in writes_of(installation) if rest <= moment(call))
    over = [(scenario.terminal.namespace, scenario.name) for scenario in scenarios.values()]
    late = {about: count for about, count in writes.items() if any(is_of(about, *experiment) for experiment in over)}
    assert late == {}, "I9"


def writes_of(installation: Installation) -> list[dict[str, Any]]:
    """The writes among the operator's calls."""
    user = f"system:serviceaccount:{installation.namespace}:"
    calls = [call for call in installation.calls() if call["user"]["username"].startswith(user)]
    assert calls, "the audit log has the operator's calls"
    return [call for call in calls if call["verb"] in WRITES]


def is_of(target: tuple[str, str, str], namespace: str, experiment: str) -> bool:
    """True if a call was about an experiment, its children or its Events."""
    _, place, name = target
    return place == namespace and (name == experiment or name.startswith((f"{experiment}-", f"{experiment}.")))


def target(call: dict[str, Any]) -> tuple[str, str, str]:
    """The kind, the namespace and the name of the object of a call."""
    reference = call["objectRef"]
    return reference["resource"], reference.get("namespace", ""), reference.get("name", "")


def moment(call: dict[str, Any]) -> float:
    return datetime.fromisoformat(call["requestReceivedTimestamp"]).timestamp()


# I6 is last, because this test changes something


def test_the_status_follows_the_spec_even_of_an_ended_experiment(scenario: Scenario) -> None:
    before = scenario.experiment
    assert before.status.observed_generation == before.metadata.generation
    patch = json.dumps({"spec": {"budget": {"patience": before.spec.budget.patience + 1}}})
    scenario.terminal.kubectl("patch", "amlexp", scenario.name, "--type=merge", "--patch", patch)
    after = scenario.experiment
    assert after.metadata.generation == before.metadata.generation + 1
    eventually("the status follows", lambda: observed_generation(scenario) == after.metadata.generation, 60)
    kept: ExperimentStatus = scenario.experiment.status
    assert (kept.state, kept.model, kept.trials) == ("Complete", before.status.model, before.status.trials)


def observed_generation(scenario: Scenario) -> int:
    return scenario.experiment.status.observed_generation
