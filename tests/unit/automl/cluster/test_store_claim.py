"""The claim for an experiment's data: used where it stays, waited out where it goes with what owned it."""

from pathlib import Path
from typing import Any

import pytest

from automl.cluster.api import Object
from automl.cluster.errors import ClusterError, Exists
from automl.cluster.store_claim import GONE_SECONDS, LOOK_SECONDS, ensure_claim, store_claim
from automl_api.kinds import CLAIMS, EXPERIMENTS, MODELS, Kind
from builders.control import a_model
from contracts.user_cluster import an_object
from fakes.patience import FakePatience
from fakes.user_cluster import FakeCluster

NAME = "churn-store"
BODY = store_claim("churn", NAME, "10Gi")


class Desk:
    """A cluster with an experiment and its model, and somebody who wants a claim."""

    def __init__(self, folder: Path) -> None:
        self.cluster = FakeCluster(folder, flags=" -n team")
        self.experiment = self.cluster.apply(EXPERIMENTS, an_object())
        self.model = self.cluster.apply(MODELS, a_model("pvc://churn-store/models/churn-1").to_dict())
        self.time = FakePatience()

    def claim_of(self, *owners: Object) -> str:
        """A claim that was there before; returns its uid."""
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
        """Returns the uid of the claim that there is then."""
        ensure_claim(self.cluster, BODY, self.time.patience)
        found = self.cluster.get(CLAIMS, NAME)
        assert found is not None
        return str(found["metadata"]["uid"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def a_stranger() -> Object:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "theirs", "uid": "7"}}


def test_where_there_is_none_one_is_made_at_once(desk: Desk) -> None:
    desk.ensure()
    assert (desk.cluster.names(CLAIMS), desk.time.said) == ([NAME], [])


def test_one_that_nobody_owns_is_used(desk: Desk) -> None:
    assert desk.claim_of() == desk.ensure()


def test_one_of_a_living_experiment_is_used(desk: Desk) -> None:
    assert desk.claim_of(desk.experiment) == desk.ensure()


def test_one_that_a_model_keeps_outlives_the_experiment(desk: Desk) -> None:
    kept = desk.claim_of(desk.experiment, desk.model)
    desk.delete(EXPERIMENTS, desk.experiment)
    assert kept == desk.ensure()


def test_one_of_a_stranger_is_used(desk: Desk) -> None:
    assert desk.claim_of(a_stranger()) == desk.ensure()


def test_one_that_somebody_else_makes_at_the_same_moment_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    create = desk.cluster.create

    def too_late(kind: Kind, body: Object) -> Object:
        monkeypatch.undo()
        create(kind, body)
        raise Exists("volume claim churn-store exists already")

    monkeypatch.setattr(desk.cluster, "create", too_late)
    desk.ensure()
    assert desk.time.said == []


def _experiment_is_deleted(desk: Desk) -> None:
    desk.claim_of(desk.experiment)
    desk.delete(EXPERIMENTS, desk.experiment)


def _all_are_deleted(desk: Desk) -> None:
    desk.claim_of(desk.experiment, desk.model)
    desk.delete(EXPERIMENTS, desk.experiment)
    desk.delete(MODELS, desk.model)


def _there_is_another_of_its_name(desk: Desk) -> None:
    _experiment_is_deleted(desk)
    desk.cluster.apply(EXPERIMENTS, an_object())


def _experiment_is_being_deleted(desk: Desk) -> None:
    desk.claim_of(desk.experiment)
    desk.cluster.begin_to_delete(EXPERIMENTS, "churn")


def _claim_is_being_deleted(desk: Desk) -> None:
    desk.claim_of(desk.experiment)
    desk.cluster.begin_to_delete(CLAIMS, NAME)


GOING = pytest.mark.parametrize(
    "happens",
    [
        pytest.param(_experiment_is_deleted, id="of a deleted experiment"),
        pytest.param(_all_are_deleted, id="of a deleted experiment and model"),
        pytest.param(_there_is_another_of_its_name, id="of one that another took the name of"),
        pytest.param(_experiment_is_being_deleted, id="of one that is being deleted"),
        pytest.param(_claim_is_being_deleted, id="being deleted itself"),
    ],
)


@GOING
def test_one_that_goes_is_waited_out_and_made_anew(desk: Desk, happens: Any) -> None:
    happens(desk)
    old = desk.cluster.get(CLAIMS, NAME)
    desk.time.after(5, desk.delete_claim)
    assert old is not None
    assert desk.ensure() != old["metadata"]["uid"]
    assert desk.time.said[-1] == "waiting until the old volume claim churn-store is gone, 0:04"


@GOING
def test_one_that_does_not_go_is_told_with_what_to_do(desk: Desk, happens: Any) -> None:
    happens(desk)
    with pytest.raises(ClusterError, match=r"churn-store is still there after 2:00.*pvc churn-store -n team$"):
        desk.ensure()
    assert desk.time.now <= GONE_SECONDS + LOOK_SECONDS


def test_what_is_to_be_done_depends_on_what_keeps_it(desk: Desk) -> None:
    _experiment_is_deleted(desk)
    with pytest.raises(ClusterError, match=r"what owned it was deleted; .*: kubectl delete pvc"):
        desk.ensure()
    desk.cluster.begin_to_delete(CLAIMS, NAME)
    with pytest.raises(ClusterError, match="a pod may still mount it; kubectl describe pvc"):
        desk.ensure()


def test_one_that_stays_after_all_is_used(desk: Desk) -> None:
    # The garbage collector leaves behind what it orphans, without owners.
    _experiment_is_being_deleted(desk)
    stays = {"metadata": {"ownerReferences": None, "labels": {"orphan": "yes"}}, "spec": {"volumeName": "pv-1"}}
    desk.time.after(3, lambda: desk.cluster.patch(CLAIMS, NAME, stays))
    desk.ensure()
    assert desk.time.now == 3
