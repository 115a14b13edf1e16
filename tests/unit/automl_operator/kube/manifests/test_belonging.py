"""Whose an object is, and how that is read back."""

from typing import Any

import pytest

from automl_operator.kube.manifests.belonging import belonging, controller_of, life_of
from builders.kube import NAMESPACE, UID, a_cluster_experiment, a_job, a_pod

BODY = {"kind": "AutoMLTrial", "metadata": {"name": "x", "namespace": "default", "uid": "", "resourceVersion": ""}}


def test_an_object_of_an_experiment_is_in_its_namespace_and_nothing_is_said_of_what_the_server_sets() -> None:
    metadata = belonging(BODY, a_cluster_experiment(), owned=True)["metadata"]
    assert metadata["namespace"] == NAMESPACE
    assert {"uid", "resourceVersion"} & set(metadata) == set()


@pytest.mark.parametrize("owned", [True, False], ids=["owned", "not owned"])
def test_what_belongs_to_an_experiment_is_known_by_its_uid(owned: bool) -> None:
    body = belonging(BODY, a_cluster_experiment(), owned=owned)
    assert life_of(body) == UID
    assert ("ownerReferences" in body["metadata"]) is owned


@pytest.mark.parametrize(
    ("item", "life", "controller"),
    [
        pytest.param(a_job(), UID, UID, id="a Job of ours"),
        pytest.param(a_pod(), "", "job-1", id="a pod of a Job"),
        pytest.param({"metadata": {"name": "x"}}, "", "", id="a stranger"),
    ],
)
def test_owners_are_read_back(item: dict[str, Any], life: str, controller: str) -> None:
    assert (life_of(item), controller_of(item)) == (life, controller)


def test_the_owner_counts_more_than_a_label_that_anybody_can_write() -> None:
    job = a_job()
    job["metadata"]["labels"]["automl-operator.dev/experiment-uid"] = "somebody else's"
    assert life_of(job) == UID
