"""Ownership of objects: how it is written and read back."""

from typing import Any

import pytest

from automl_api.names import LABEL_EXPERIMENT
from automl_operator.kube.manifests.belonging import LABEL_EXPERIMENT_UID, answered_by, belonging, job_of, life_of
from automl_operator.kube.manifests.runner_job import ANNOTATION_RUNNER, experiment_of
from builders.kube import NAMESPACE, UID, a_cluster_experiment, a_job, a_pod

BODY = {"kind": "AutoMLTrial", "metadata": {"name": "x", "namespace": "default", "uid": "", "resourceVersion": ""}}


def test_an_experiments_object_is_in_its_namespace_without_fields_that_the_server_sets() -> None:
    metadata = belonging(BODY, a_cluster_experiment(), owned=True)["metadata"]
    assert metadata["namespace"] == NAMESPACE
    assert {"uid", "resourceVersion"} & set(metadata) == set()


@pytest.mark.parametrize("owned", [True, False], ids=["owned", "not owned"])
def test_an_experiments_objects_are_known_by_its_uid(owned: bool) -> None:
    body = belonging(BODY, a_cluster_experiment(), owned=owned)
    assert life_of(body) == UID
    assert ("ownerReferences" in body["metadata"]) is owned


@pytest.mark.parametrize(
    ("item", "life", "job"),
    [
        pytest.param(a_job(), UID, "", id="a Job of ours"),
        pytest.param(a_pod(), "", "job-1", id="a pod of a Job"),
        pytest.param({"metadata": {"name": "x"}}, "", "", id="a stranger"),
    ],
)
def test_owners_are_read_back(item: dict[str, Any], life: str, job: str) -> None:
    assert (life_of(item), job_of(item)) == (life, job)


def test_the_owner_counts_more_than_a_label_because_anybody_can_write_labels() -> None:
    job = a_job()
    job["metadata"]["labels"]["automl-operator.dev/experiment-uid"] = "somebody else's"
    assert life_of(job) == UID


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"ownerReferences": []}, id="only labels"),
        pytest.param({"labels": {}}, id="only an owner"),
        pytest.param({"labels": a_job()["metadata"]["labels"] | {LABEL_EXPERIMENT_UID: "other"}}, id="another uid"),
        pytest.param({"labels": a_job()["metadata"]["labels"] | {LABEL_EXPERIMENT: "other"}}, id="another experiment"),
        pytest.param({"annotations": {ANNOTATION_RUNNER: "churn-5d1f9-cpu-1"}}, id="another runner's name"),
        pytest.param(
            {"ownerReferences": [a_job()["metadata"]["ownerReferences"][0] | {"controller": False}]}, id="no controller"
        ),
        pytest.param(
            {"ownerReferences": [a_job()["metadata"]["ownerReferences"][0] | {"apiVersion": "x/v1"}]}, id="another API"
        ),
    ],
)
def test_a_job_is_a_runner_only_if_owner_labels_and_name_agree(changes: dict[str, Any]) -> None:
    job = a_job()
    assert experiment_of(job) == UID
    job["metadata"] |= changes
    assert experiment_of(job) == ""


def test_a_pod_belongs_to_a_job_only_if_the_job_is_its_controller() -> None:
    pod = a_pod()
    for changes in ({"kind": "ReplicaSet"}, {"controller": False}, {"apiVersion": "v1"}):
        reference = a_pod()["metadata"]["ownerReferences"][0] | changes
        pod["metadata"]["ownerReferences"] = [reference]
        assert job_of(pod) == ""


@pytest.mark.parametrize(
    ("spec", "answers"),
    [
        pytest.param({"experimentUid": UID}, UID, id="this experiment"),
        pytest.param({}, UID, id="only a label"),
        pytest.param({"experimentUid": "another"}, "", id="another experiment, whatever the label says"),
    ],
)
def test_a_model_belongs_to_one_experiment(spec: dict[str, str], answers: str) -> None:
    model = belonging(
        {"kind": "AutoMLModel", "metadata": {"name": "x"}, "spec": spec}, a_cluster_experiment(), owned=False
    )
    assert answered_by(model) == answers
