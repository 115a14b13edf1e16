"""Invariants of an ended experiment, checked in its objects, its store, its logs and the API server's audit log."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from automl_api.names import ANNOTATION_HOLDER, store_prefix
from builders.applied import Applied, state_of
from builders.installation import Installation
from builders.waiting import eventually
from cluster import Cluster

WRITES = ("create", "update", "patch", "delete")
A_TOKEN = re.compile(r"eyJ[\w-]{20,}\.[\w-]{20,}|PRIVATE KEY")
SETTLING, REST = timedelta(seconds=10), timedelta(seconds=30)
ENDED = ("Succeeded", "Stopped", "Infeasible", "Failed")


def store_of(cluster: Cluster, applied: Applied) -> Path:
    """The folder on this machine that holds the experiment's part of its volume claim."""
    claim = cluster.get("pvc", f"{applied.name}-store", namespace=applied.namespace)
    volume = Path(cluster.get("pv", claim["spec"]["volumeName"])["spec"]["hostPath"]["path"])
    return volume / store_prefix(applied.namespace, applied.name, applied.uid)


def finished_folds(store: Path) -> list[Path]:
    """The folders of the folds that have a manifest."""
    return [manifest.parent for manifest in store.glob("trials/*/fold-*/manifest.json")]


def check_fitted_once(store: Path) -> None:
    """Check that each fold was fitted once: each fit has a folder of its own in the store."""
    fits = Counter(folder.parent.relative_to(store) for folder in store.glob("trials/*/fold-*/*/"))
    assert fits
    assert set(fits.values()) == {1}, f"folds were fitted again: {fits}"


def check_claims(installation: Installation, applied: Applied) -> None:
    """Check that no trial was lost or created twice, no configuration tried twice, and each trial had one holder."""
    created = Counter(
        call["objectRef"]["name"]
        for call in calls_about(installation, applied, ("create",))
        if call["objectRef"]["resource"] == "automltrials" and call["responseStatus"]["code"] == 201
    )
    trials = {trial["metadata"]["name"]: trial for trial in applied.trials()}
    assert trials
    assert created == dict.fromkeys(trials, 1), "every trial that was created is there, and was created once"
    configurations = [repr(trial["spec"]["configuration"]) for trial in trials.values()]
    assert len(set(configurations)) == len(configurations), "no configuration is tried twice"
    assert len(trials) <= applied.read()["spec"]["budget"]["trials"]
    for name, trial in trials.items():
        first = trial["metadata"]["annotations"][ANNOTATION_HOLDER]
        assert (trial["status"].get("holder") or first) == first, f"{name} has had two holders"


def check_completed(installation: Installation, applied: Applied, logs: Mapping[str, str]) -> None:
    """Check I1 to I7 for a complete experiment, from the outside. `check_nothing_is_written` checks I9."""
    experiment, trials = applied.read(), applied.trials()
    status = experiment["status"]
    assert busiest(logs) <= experiment["spec"]["parallelism"], "I1"
    check_claims(installation, applied)
    eventually("I3: no runner is left", lambda: not applied.children("pods", "jobs"), 30)
    states = Counter(state_of(trial) for trial in trials)
    assert set(states) <= set(ENDED), f"every trial has ended: {states}"
    counted = {name: number for name, number in status["trials"].items() if number}
    assert counted.pop("total") == len(trials), "I4"
    assert counted == {state.lower(): number for state, number in states.items()}, "I4"
    _check_best(status, trials)
    assert status["observedGeneration"] == experiment["metadata"]["generation"], "I6"
    check_secrets(installation, applied, logs)


def _check_best(status: dict[str, Any], trials: list[dict[str, Any]]) -> None:
    scores = {
        trial["metadata"]["name"]: [fold["score"] for fold in trial["status"]["folds"]]
        for trial in trials
        if trial["status"].get("folds") and state_of(trial) in ("Succeeded", "Stopped")
    }
    most = max(map(len, scores.values()))
    means = {name: fmean(folds) for name, folds in scores.items() if len(folds) == most}
    assert status["best"]["folds"] == most, "I5: at the highest fidelity"
    assert status["best"]["score"] == pytest.approx(max(means.values()), rel=1e-5), "I5: the best of them"
    assert means[status["best"]["trial"]] == pytest.approx(status["best"]["score"], rel=1e-5), "I5"


def check_secrets(installation: Installation, applied: Applied, logs: Mapping[str, str]) -> None:
    """Check I7: no object and no log holds a token or a private key."""
    kinds = "amlexp,amlplan,amltrial,amlmodel,jobs,pods,events,pvc"
    objects = applied.kubectl("get", kinds, "--output=json")
    for text in (objects, repr(installation.log()), *logs.values()):
        assert not A_TOKEN.search(text), "I7"


def check_nothing_is_written(installation: Installation, applied: Applied) -> None:
    """Check I9 once an experiment has ended: no object is written from 10 s later on. Looks at 30 s or more."""
    quiet = datetime.fromisoformat(applied.status()["completedAt"]) + SETTLING
    eventually("it has been at rest for a while", lambda: datetime.now(UTC) > quiet + REST)
    assert calls_about(installation, applied, WRITES), "the audit knows what was written before"
    late = [
        call["requestURI"]
        for call in calls_about(installation, applied, WRITES)
        if received(call) > quiet and call["objectRef"]["resource"] != "events"
    ]
    assert not late, f"I9: {late}"


def busiest(logs: Mapping[str, str]) -> int:
    """The largest number of assignments that were at work at once, by the runners' own logs."""
    at_work, most = 0, 0
    lines = sorted(line for text in logs.values() for line in text.splitlines() if line.startswith('{"time"'))
    for line in lines:
        at_work += ('"message": "began ' in line) - bool(re.search(r'"message": ".* after [\d.]+ s"', line))
        most = max(most, at_work)
    assert most, "the logs show what runners began"
    return most


def calls_about(installation: Installation, applied: Applied, verbs: tuple[str, ...]) -> list[dict[str, Any]]:
    """The operator's calls of these verbs for objects whose names begin with the experiment's."""
    return [
        call
        for call in installation.calls()
        if call["verb"] in verbs
        and call["user"]["username"].startswith(f"system:serviceaccount:{installation.namespace}:")
        and call["objectRef"].get("namespace") == applied.namespace
        and str(call["objectRef"].get("name", "")).startswith(applied.name)
    ]


def received(call: dict[str, Any]) -> datetime:
    """Time at which the API server received a call."""
    return datetime.fromisoformat(call["requestReceivedTimestamp"])
