"""Rights of users by the cluster's own roles view and edit, to which the release adds."""

from collections.abc import Iterator

import pytest

from builders.access import Right, allowed
from builders.installation import Installation
from builders.scoped_release import restricted_namespace
from builders.waiting import eventually
from cluster import Cluster

NAMESPACE = "t1-roles"
EDITOR, VIEWER = "an-editor", "a-viewer"
OURS = "automl-operator.dev"
KINDS = ("automlexperiments", "automlplans", "automltrials", "automlmodels")
READ = [Right(NAMESPACE, verb, OURS, kind) for kind in KINDS for verb in ("get", "list", "watch")]
CHANGES = [Right(NAMESPACE, verb, OURS, "automlexperiments") for verb in ("create", "patch", "delete")]
COMMANDS = [
    *CHANGES,
    *(Right(NAMESPACE, verb, "", "persistentvolumeclaims") for verb in ("get", "create", "patch", "delete")),
    *(Right(NAMESPACE, verb, "", "pods") for verb in ("get", "create", "delete")),
    *(Right(NAMESPACE, verb, "", "pods/exec") for verb in ("get", "create")),
]
"""Rights that apply, stop and download need beside reading: they copy data and models through a pod."""
RECORDS = [
    *(Right(NAMESPACE, verb, OURS, kind) for kind in ("automlplans", "automltrials") for verb in ("create", "patch")),
    *(Right(NAMESPACE, "patch", OURS, f"{kind}/status") for kind in ("automlexperiments", "automltrials")),
    *(Right(NAMESPACE, verb, OURS, "automlmodels") for verb in ("create", "patch")),
]
"""Writes that only the operator makes."""


@pytest.fixture(scope="module", autouse=True)
def users(cluster: Cluster, installation: Installation) -> Iterator[None]:
    assert installation.operators()
    with restricted_namespace(cluster, NAMESPACE):
        for user, role in ((EDITOR, "edit"), (VIEWER, "view")):
            binding = ("create", "rolebinding", user, f"--clusterrole={role}", f"--user={user}")
            cluster.kubectl(*binding, "--namespace", NAMESPACE)
        eventually("the role view is aggregated", lambda: allowed(cluster, READ, VIEWER) == READ, 30)
        eventually("the role edit is aggregated", lambda: allowed(cluster, CHANGES, EDITOR) == CHANGES, 30)
        yield


def test_an_editor_may_do_what_every_command_needs(cluster: Cluster) -> None:
    assert allowed(cluster, [*READ, *COMMANDS], EDITOR) == [*READ, *COMMANDS]


def test_a_viewer_may_only_read(cluster: Cluster) -> None:
    assert allowed(cluster, [*COMMANDS, *RECORDS], VIEWER) == [
        Right(NAMESPACE, "get", "", kind) for kind in ("persistentvolumeclaims", "pods")
    ]


def test_an_editor_may_not_write_the_operators_records(cluster: Cluster) -> None:
    assert allowed(cluster, RECORDS, EDITOR) == []
