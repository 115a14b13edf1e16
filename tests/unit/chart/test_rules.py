"""The operator's role grants what its World needs, and no right that it must never have."""

from typing import Any

import pytest

from automl_api import kinds
from automl_api.kinds import Kind
from automl_api.names import GROUP
from builders.chart import blanked

OWN = ("automlexperiments", "automlplans", "automltrials", "automlmodels")
NEVER = ("secrets", "configmaps", "nodes", "persistentvolumes", "serviceaccounts", "pods/exec", "pods/log", "roles")


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = blanked("automl-operator.rules")
    return found


def verbs(group: str, resource: str) -> set[str]:
    return {
        verb
        for rule in rules()
        if group in rule["apiGroups"] and resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize(
    "kind",
    [kinds.EXPERIMENTS, kinds.PLANS, kinds.TRIALS, kinds.MODELS, kinds.JOBS, kinds.PODS, kinds.CLAIMS, kinds.EVENTS],
    ids=lambda kind: kind.plural,
)
def test_the_kinds_that_the_world_follows_may_be_listed_and_watched(kind: Kind) -> None:
    assert verbs(kind.group, kind.plural) >= {"list", "watch"}


@pytest.mark.parametrize("resource", NEVER)
def test_secrets_and_the_like_may_not_be_read(resource: str) -> None:
    assert not [rule for rule in rules() if resource in rule["resources"]]


def test_nothing_is_granted_by_a_wildcard() -> None:
    assert not [rule for rule in rules() if "*" in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]]


def test_only_the_status_of_an_experiment_may_be_written() -> None:
    assert verbs(GROUP, "automlexperiments") == {"get", "list", "watch"}
    assert verbs(GROUP, "automlexperiments/status") == {"patch"}


@pytest.mark.parametrize("resource", OWN)
def test_no_kind_of_ours_is_ever_deleted_by_the_operator(resource: str) -> None:
    assert not verbs(GROUP, resource) & {"delete", "deletecollection", "update"}


def test_a_volume_claim_is_never_deleted_by_the_operator() -> None:
    assert "delete" not in verbs("", "persistentvolumeclaims")
