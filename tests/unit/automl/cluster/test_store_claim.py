"""The claim for an experiment's data: used if it stays; if it is deleted with its owner, the command waits for that."""

from pathlib import Path
from typing import Any

import pytest

from automl.cluster.api import Object
from automl.cluster.errors import ClusterError, Exists
from automl.cluster.store_claim import GONE_SECONDS, LOOK_SECONDS, claim_to_adopt, ensure_claim
from automl_api.kinds import CLAIMS, EXPERIMENTS, MODELS, Kind
from builders.control import a_minimal_model
from contracts.user_cluster import an_object
from fakes.user_cluster import FakeUserCluster
from fakes.wait_policy import FakeWaitPolicy

NAME = "churn-store"
BODY = claim_to_adopt("churn", NAME, "10Gi")


class Harness:
    """A cluster with an experiment and its model, and a user who needs a claim."""

    def __init__(self, folder: Path) -> None:
        self.cluster = FakeUserCluster(folder, flags=" -n team")
        self.experiment = self.cluster.apply(EXPERIMENTS, an_object())
        self.model = self.cluster.apply(MODELS, a_minimal_model("pvc://churn-store/models/churn-1").to_dict())
        self.time = FakeWaitPolicy()

    def claim_of(self, *owners: Object) -> str:
        """Create a claim with these owners; returns its uid."""
        references = [
            {"apiVersion": owner["apiVersion"], "kind": owner["kind"]}
            | {key: owner["metadata"][key] for key in ("name", "uid")}
            for owner in owners
        ]
        body = {**BODY, "metadata": {**BODY["metadata"], "ownerReferences": references}}
        return str(self.cluster.create(CLAIMS, body)["metadata"]["uid"])

    def delete(self, kind: Kind, stored: Object) -> None:
        self.cluster.delete(kind, stored["metadata"]["name"])

    def delete_claim(self) -> None:
        self.cluster.delete(CLAIMS, NAME)

    def ensure(self) -> str:
        """Ensure the claim; returns its uid."""
        ensure_claim(self.cluster, BODY, self.time.wait)
        found = self.cluster.get(CLAIMS, NAME)
        assert found is not None
        return str(found["metadata"]["uid"])


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def a_stranger() -> Object:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "theirs", "uid": "7"}}


def test_a_missing_claim_is_created_at_once(harness: Harness) -> None:
    harness.ensure()
    assert (harness.cluster.names(CLAIMS), harness.time.messages) == ([NAME], [])


def test_a_claim_without_owners_is_used(harness: Harness) -> None:
    assert harness.claim_of() == harness.ensure()


def test_the_claim_of_an_existing_experiment_is_used(harness: Harness) -> None:
    assert harness.claim_of(harness.experiment) == harness.ensure()


def test_a_claim_that_a_model_owns_outlives_the_experiment(harness: Harness) -> None:
    kept = harness.claim_of(harness.experiment, harness.model)
    harness.delete(EXPERIMENTS, harness.experiment)
    assert kept == harness.ensure()


def test_a_claim_of_another_owner_is_used(harness: Harness) -> None:
    assert harness.claim_of(a_stranger()) == harness.ensure()


def test_a_claim_that_somebody_else_creates_at_the_same_moment_is_used(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = harness.cluster.create

    def too_late(kind: Kind, body: Object) -> Object:
        monkeypatch.undo()
        create(kind, body)
        raise Exists("volume claim churn-store exists already")

    monkeypatch.setattr(harness.cluster, "create", too_late)
    harness.ensure()
    assert harness.time.messages == []


def _experiment_is_deleted(harness: Harness) -> None:
    harness.claim_of(harness.experiment)
    harness.delete(EXPERIMENTS, harness.experiment)


def _all_are_deleted(harness: Harness) -> None:
    harness.claim_of(harness.experiment, harness.model)
    harness.delete(EXPERIMENTS, harness.experiment)
    harness.delete(MODELS, harness.model)


def _there_is_another_of_its_name(harness: Harness) -> None:
    _experiment_is_deleted(harness)
    harness.cluster.apply(EXPERIMENTS, an_object())


def _experiment_is_being_deleted(harness: Harness) -> None:
    harness.claim_of(harness.experiment)
    harness.cluster.begin_to_delete(EXPERIMENTS, "churn")


def _claim_is_being_deleted(harness: Harness) -> None:
    harness.claim_of(harness.experiment)
    harness.cluster.begin_to_delete(CLAIMS, NAME)


GOING = pytest.mark.parametrize(
    "happens",
    [
        pytest.param(_experiment_is_deleted, id="of a deleted experiment"),
        pytest.param(_all_are_deleted, id="of a deleted experiment and model"),
        pytest.param(_there_is_another_of_its_name, id="of an experiment that was recreated"),
        pytest.param(_experiment_is_being_deleted, id="of an experiment that is being deleted"),
        pytest.param(_claim_is_being_deleted, id="being deleted itself"),
    ],
)


@GOING
def test_a_claim_that_is_being_deleted_is_waited_for_and_created_again(harness: Harness, happens: Any) -> None:
    happens(harness)
    old = harness.cluster.get(CLAIMS, NAME)
    harness.time.after(5, harness.delete_claim)
    assert old is not None
    assert harness.ensure() != old["metadata"]["uid"]
    assert harness.time.messages[-1] == "waiting until the old volume claim churn-store is gone, 0:04"


@GOING
def test_a_claim_that_is_not_deleted_in_time_is_an_error_with_a_remedy(harness: Harness, happens: Any) -> None:
    happens(harness)
    with pytest.raises(ClusterError, match=r"churn-store is still there after 2:00.*pvc churn-store -n team$"):
        harness.ensure()
    assert harness.time.now <= GONE_SECONDS + LOOK_SECONDS


def test_the_remedy_depends_on_what_keeps_the_claim(harness: Harness) -> None:
    _experiment_is_deleted(harness)
    with pytest.raises(ClusterError, match=r"its owner was deleted; .*: kubectl delete pvc"):
        harness.ensure()
    harness.cluster.begin_to_delete(CLAIMS, NAME)
    with pytest.raises(ClusterError, match="a pod may still mount it; kubectl describe pvc"):
        harness.ensure()


def test_a_claim_that_stays_after_all_is_used(harness: Harness) -> None:
    # The garbage collector leaves an orphaned claim without owners.
    _experiment_is_being_deleted(harness)
    stays = {"metadata": {"ownerReferences": None, "labels": {"orphan": "yes"}}, "spec": {"volumeName": "pv-1"}}
    harness.time.after(3, lambda: harness.cluster.patch(CLAIMS, NAME, stays))
    harness.ensure()
    assert harness.time.now == 3
