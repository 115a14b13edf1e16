"""A release that serves one namespace: its rights, its work there and nowhere else, and its metrics and logs.

One small experiment runs to its end, beside one in a namespace that is not served; the tests read the results.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from builders.access import Right, allowed
from builders.applied import Applied
from builders.installation import Installation
from builders.scoped_release import restricted_namespace, scoped_release
from cluster import Cluster

RELEASE = "t4scope"
OPERATOR = f"{RELEASE}-automl-operator"
ACCOUNT = f"system:serviceaccount:{RELEASE}-system:{OPERATOR}"
PARTS = ("jobs", "pods", "amltrial", "amlplan", "amlmodel", "persistentvolumeclaims")


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[tuple[Installation, str]]:
    with scoped_release(cluster, RELEASE) as release:
        yield release


@pytest.fixture(scope="module")
def installed(release: tuple[Installation, str]) -> Installation:
    return release[0]


@pytest.fixture(scope="module")
def unserved(cluster: Cluster, release: tuple[Installation, str]) -> Iterator[Applied]:
    with restricted_namespace(cluster, f"{RELEASE}-elsewhere") as namespace:
        yield Applied(cluster, namespace, "elsewhere")


@pytest.fixture(scope="module")
def completed(cluster: Cluster, release: tuple[Installation, str], unserved: Applied) -> Applied:
    """A complete experiment in the served namespace; the other experiment existed all the time."""
    experiment = Applied(cluster, release[1], "adult")
    experiment.completes()
    return experiment


# The served namespace


def test_an_experiment_in_the_served_namespace_becomes_a_model(completed: Applied) -> None:
    status = completed.status()
    (model,) = completed.children("amlmodel")
    assert model["metadata"]["name"] == status["model"]
    assert status["trials"]["succeeded"] == 2


def test_an_experiment_in_another_namespace_is_left_alone(completed: Applied, unserved: Applied) -> None:
    assert completed.state() == "Complete"
    assert "status" not in unserved.read()
    assert unserved.children(*PARTS) == []


# Rights


def test_the_release_has_no_cluster_role(cluster: Cluster, installed: Installation) -> None:
    found = cluster.get("clusterroles,clusterrolebindings")["items"]
    named = [item["metadata"]["name"] for item in found if RELEASE in item["metadata"]["name"]]
    labelled = [
        item["metadata"]["name"]
        for item in found
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/instance") == RELEASE
    ]
    bound = [
        item["metadata"]["name"]
        for item in found
        for subject in item.get("subjects") or ()
        if subject.get("namespace") == installed.namespace
    ]
    assert (named, labelled, bound) == ([], [], [])


def test_it_works_under_the_charts_own_service_account(installed: Installation, completed: Applied) -> None:
    (pod,) = installed.operators()
    assert pod["spec"]["serviceAccountName"] == OPERATOR
    prefix = f"/namespaces/{completed.namespace}/"
    users = {call["user"]["username"] for call in installed.calls() if prefix in call["requestURI"]}
    groups = {group for call in installed.calls() for group in call["user"].get("groups", ())}
    assert ACCOUNT in users
    assert groups
    assert not any("masters" in group for group in groups)
    owner = {entry["manager"] for entry in _managers(completed)}
    assert "automl-operator" in owner


def _managers(experiment: Applied) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = experiment.read()["metadata"]["managedFields"]
    return fields


def test_none_of_its_calls_was_refused(installed: Installation, completed: Applied) -> None:
    assert completed.state() == "Complete"
    assert installed.refused_calls() == []
    assert installed.log_lines()
    assert not [line for line in installed.log_lines() if re.search(r"forbidden|\b403\b", line, re.IGNORECASE)]
    codes = {sample.labels["code"] for sample in installed.samples() if sample.name == "automl_api_requests_total"}
    assert "403" not in codes


WORK, SYSTEM, ANYWHERE = f"{RELEASE}-work", f"{RELEASE}-system", ""
OURS, RBAC = "automl-operator.dev", "rbac.authorization.k8s.io"
MAY = [
    *(Right(WORK, verb, OURS, "automlexperiments") for verb in ("get", "list", "watch")),
    *(
        Right(WORK, verb, OURS, kind)
        for kind in ("automlplans", "automltrials", "automlmodels")
        for verb in ("create", "get", "list", "watch")
    ),
    Right(WORK, "patch", OURS, "automlexperiments/status"),
    Right(WORK, "patch", OURS, "automltrials/status"),
    *(Right(WORK, verb, "batch", "jobs") for verb in ("create", "get", "list", "watch", "delete")),
    *(Right(WORK, verb, "", "pods") for verb in ("list", "watch")),
    *(Right(WORK, verb, "", "events") for verb in ("create", "list", "watch")),
    *(Right(WORK, verb, "", "persistentvolumeclaims") for verb in ("create", "get", "list", "watch", "patch")),
]
EVERY_VERB = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
MAY_NOT = [
    *(
        Right(namespace, verb, "", kind)
        for kind in ("secrets", "configmaps", "serviceaccounts", "pods/log", "serviceaccounts/token")
        for verb in EVERY_VERB
        for namespace in (WORK, SYSTEM, ANYWHERE)
    ),
    *(Right(ANYWHERE, verb, "", kind) for kind in ("nodes", "persistentvolumes", "namespaces") for verb in EVERY_VERB),
    *(
        Right(WORK, verb, "", kind)
        for kind in ("pods/exec", "pods/attach", "pods/portforward")
        for verb in ("get", "create")
    ),
    *(Right(WORK, verb, "", "pods") for verb in ("get", "create", "update", "patch", "delete", "deletecollection")),
    *(Right(WORK, verb, "batch", "jobs") for verb in ("update", "patch", "deletecollection")),
    Right(WORK, "delete", "", "persistentvolumeclaims"),
    *(Right(WORK, verb, OURS, "automlexperiments") for verb in ("create", "update", "patch", "delete")),
    *(Right(WORK, verb, OURS, "automlmodels") for verb in ("update", "patch", "delete")),
    *(Right(WORK, verb, RBAC, kind) for kind in ("roles", "rolebindings") for verb in EVERY_VERB),
    *(Right(WORK, verb, RBAC, "roles") for verb in ("bind", "escalate")),
    *(Right(ANYWHERE, "impersonate", "", kind) for kind in ("users", "groups", "serviceaccounts")),
    Right(ANYWHERE, "get", "apiextensions.k8s.io", "customresourcedefinitions"),
    *(
        Right(namespace, verb, group, kind)
        for namespace in (SYSTEM, "default", ANYWHERE)
        for verb in ("list", "create")
        for group, kind in (("batch", "jobs"), (OURS, "automltrials"), ("", "events"))
    ),
]
GROUPS = ("system:serviceaccounts", f"system:serviceaccounts:{SYSTEM}")


def test_it_has_the_rights_in_its_namespace_that_it_needs(cluster: Cluster, installed: Installation) -> None:
    assert installed.operators()
    assert allowed(cluster, MAY, ACCOUNT, GROUPS) == MAY


def test_it_has_no_other_rights(cluster: Cluster, installed: Installation) -> None:
    assert installed.operators()
    assert allowed(cluster, MAY_NOT, ACCOUNT, GROUPS) == []


def test_kubectl_auth_can_i_lists_the_same_rights(cluster: Cluster, installed: Installation) -> None:
    """The tests above ask the API server; this is the command that an administrator types."""
    assert installed.operators()
    listed = cluster.kubectl("auth", "can-i", "--list", f"--as={ACCOUNT}", "--namespace", WORK)
    assert re.search(r"^jobs\.batch .*\[create get list watch delete\]", listed, re.MULTILINE)
    assert not re.search(r"^(\*|secrets|configmaps|nodes|persistentvolumes)\b", listed, re.MULTILINE)


# Metrics and logs

UNITS = ("_seconds", "_bytes", "_ratio", "_info")
BARE = re.compile(r"^automl_[a-z]+(_[a-z]+)*$")
LABELS = {
    "automl_api_request_duration_seconds": {"verb"},
    "automl_api_requests": {"verb", "resource", "code"},
    "automl_api_throttle_wait_seconds": {"urgency"},
    "automl_assignments_finished": {"kind", "outcome", "failure_class"},
    "automl_broker_calls": {"path", "code"},
    "automl_broker_refused": {"reason"},
    "automl_build_info": {"version"},
    "automl_experiment_active_seconds": {"namespace", "experiment"},
    "automl_experiment_best_score": {"namespace", "experiment"},
    "automl_experiments": {"state"},
    "automl_reconcile": {"result"},
    "automl_runners": {"pool", "phase"},
    "automl_suggestion_duration_seconds": {"algorithm"},
    "automl_suggestion_errors": {"algorithm"},
    "automl_trials": {"state"},
    "automl_trials_finished": {"state"},
    "automl_watch_age_seconds": {"resource"},
    "automl_watch_events": {"resource", "type"},
    "automl_watch_lists": {"resource", "cause"},
}
"""The labels of each family that has any, except `le` of histograms."""


def test_metrics_are_named_and_labelled_by_the_conventions(installed: Installation, completed: Applied) -> None:
    assert completed.state() == "Complete"
    families = list(text_string_to_metric_families(installed.scrape()))
    ours = [family for family in families if not family.name.startswith(("process_", "python_"))]
    assert {family.type for family in ours} >= {"counter", "gauge", "histogram"}
    assert [family.name for family in ours if not BARE.match(family.name)] == []
    assert [family.name for family in ours if family.type == "histogram" and not family.name.endswith("_seconds")] == []
    assert [family.name for family in families if not family.documentation] == []
    counters = [sample.name for family in ours if family.type == "counter" for sample in family.samples]
    assert [name for name in counters if not name.endswith("_total")] == []
    labels = {family.name: {name for sample in family.samples for name in sample.labels} - {"le"} for family in ours}
    assert {name: found for name, found in labels.items() if found} == {
        name: known for name, known in LABELS.items() if labels.get(name)
    }


def test_metrics_count_what_happened(installed: Installation, completed: Applied) -> None:
    values = {(sample.name, tuple(sorted(sample.labels.values()))): sample.value for sample in installed.samples()}
    assert values["automl_trials_finished_total", ("Succeeded",)] == 2
    assert values["automl_experiments", ("Complete",)] == 1
    assert (
        values["automl_experiment_best_score", (completed.name, completed.namespace)]
        == completed.status()["best"]["score"]
    )
    assert values["automl_assignments_finished_total", ("none", "prepare", "succeeded")] == 1
    assert values["automl_leader", ()] == 1
    assert values["automl_reconcile_errors_total", ()] == 0


def test_every_line_of_the_log_is_json_and_names_its_experiment(installed: Installation, completed: Applied) -> None:
    lines = [json.loads(line) for line in installed.log_lines()]
    assert [line for line in lines if not {"time", "level", "logger", "message"} <= line.keys()] == []
    assert [line for line in lines if line["level"] not in ("debug", "info")] == []
    about = [line for line in lines if line.get("experiment")]
    assert {(line["namespace"], line["experiment"]) for line in about} == {(completed.namespace, completed.name)}
    assert [line for line in lines if completed.name in line["message"] and line not in about] == []


def test_lines_about_a_trial_name_the_trial(installed: Installation, completed: Applied) -> None:
    lines = [line for line in installed.log() if line["message"].startswith("trial ")]
    trials = completed.trials()
    assert trials
    for trial in trials:
        name = trial["metadata"]["name"]
        created, *_, ended, refitted = (line["message"] for line in lines if line.get("trial") == name)
        assert created.startswith("trial created: linear")
        assert ended.startswith("trial is Succeeded, score 0.")
        assert refitted == "trial is trained on all rows"
    assert [line for line in lines if line.get("experiment") != completed.name or not line.get("trial")] == []
