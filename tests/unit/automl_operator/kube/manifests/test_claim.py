"""The claim of an experiment without a store."""

from automl_operator.kube.manifests.claim import store_claim
from builders.kube import NAMESPACE, UID, a_cluster_experiment


def test_a_claim_requests_a_read_write_once_volume_of_a_size() -> None:
    claim = store_claim(a_cluster_experiment(), storage_class="", size="10Gi")
    assert claim["metadata"]["name"] == "churn-store"
    assert claim["metadata"]["namespace"] == NAMESPACE
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}


def test_a_storage_class_is_named_only_if_the_settings_name_one() -> None:
    assert store_claim(a_cluster_experiment(), storage_class="fast", size="1Gi")["spec"]["storageClassName"] == "fast"


def test_it_is_deleted_with_the_experiment_unless_another_object_owns_it_too() -> None:
    (owner,) = store_claim(a_cluster_experiment(), storage_class="", size="1Gi")["metadata"]["ownerReferences"]
    assert owner["uid"] == UID
    assert "controller" not in owner
