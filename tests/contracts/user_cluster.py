"""Contract of every cluster on the user's side: one subclass for each kind."""

import threading

import pytest

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import Exists, NotFound
from automl_api.kinds import CLAIMS, EXPERIMENTS
from automl_api.names import API_VERSION

WATCH_SECONDS = 5


def an_object(**spec: object) -> Object:
    """A minimal experiment that the API server accepts."""
    spec = {"data": {"uri": "example:adult"}, "target": "class", "suspend": True, **spec}
    return {"apiVersion": API_VERSION, "kind": "AutoMLExperiment", "metadata": {"name": "churn"}, "spec": spec}


def a_claim_object() -> Object:
    """A claim that nobody mounts."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "churn-store"}, "spec": spec}


class UserClusterContract:
    """Subclasses define the fixture `user_cluster`: an empty namespace."""

    @pytest.fixture
    def user_cluster(self) -> Cluster:
        raise NotImplementedError

    def test_a_missing_object_is_none(self, user_cluster: Cluster) -> None:
        assert user_cluster.get(EXPERIMENTS, "churn") is None
        assert list(user_cluster.list(EXPERIMENTS)) == []

    def test_an_applied_object_is_stored(self, user_cluster: Cluster) -> None:
        applied = user_cluster.apply(EXPERIMENTS, an_object())
        found = user_cluster.get(EXPERIMENTS, "churn")
        assert found is not None
        assert found["metadata"]["uid"] == applied["metadata"]["uid"]
        assert [item["metadata"]["name"] for item in user_cluster.list(EXPERIMENTS)] == ["churn"]

    def test_a_dry_run_leaves_nothing(self, user_cluster: Cluster) -> None:
        user_cluster.apply(EXPERIMENTS, an_object(), dry_run=True)
        assert user_cluster.get(EXPERIMENTS, "churn") is None

    def test_only_a_changed_spec_is_a_new_generation(self, user_cluster: Cluster) -> None:
        first, again, other = (
            user_cluster.apply(EXPERIMENTS, body)["metadata"]["generation"]
            for body in (an_object(), an_object(), an_object(parallelism=2))
        )
        assert first == again < other

    def test_a_patch_changes_only_the_fields_that_it_names(self, user_cluster: Cluster) -> None:
        user_cluster.apply(EXPERIMENTS, an_object())
        patched = user_cluster.patch(EXPERIMENTS, "churn", {"spec": {"stop": True}})
        assert (patched["spec"]["stop"], patched["spec"]["target"]) == (True, "class")

    def test_a_missing_object_cannot_be_patched(self, user_cluster: Cluster) -> None:
        with pytest.raises(NotFound):
            user_cluster.patch(EXPERIMENTS, "churn", {"spec": {"stop": True}})

    def test_an_object_cannot_be_created_twice(self, user_cluster: Cluster) -> None:
        user_cluster.create(CLAIMS, a_claim_object())
        with pytest.raises(Exists):
            user_cluster.create(CLAIMS, a_claim_object())

    def test_deleting_a_missing_object_is_no_error(self, user_cluster: Cluster) -> None:
        user_cluster.apply(EXPERIMENTS, an_object())
        user_cluster.delete(EXPERIMENTS, "churn")
        user_cluster.delete(EXPERIMENTS, "churn")
        assert user_cluster.get(EXPERIMENTS, "churn") is None

    def test_a_watch_reports_later_changes_and_the_deletion(self, user_cluster: Cluster) -> None:
        version = user_cluster.apply(EXPERIMENTS, an_object())["metadata"]["resourceVersion"]
        user_cluster.patch(EXPERIMENTS, "churn", {"spec": {"stop": True}})
        deleting = threading.Timer(0.3, user_cluster.delete, (EXPERIMENTS, "churn"))
        deleting.start()
        watch = user_cluster.watch(EXPERIMENTS, "churn", version, WATCH_SECONDS)
        changed, gone = next(watch), next(watch)
        deleting.join()
        assert changed is not None
        assert changed["spec"]["stop"] is True
        assert gone is None

    def test_a_watch_ends_by_itself(self, user_cluster: Cluster) -> None:
        version = user_cluster.apply(EXPERIMENTS, an_object())["metadata"]["resourceVersion"]
        assert list(user_cluster.watch(EXPERIMENTS, "churn", version, 1)) == []
