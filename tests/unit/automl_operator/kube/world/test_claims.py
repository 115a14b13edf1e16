"""The claim of an experiment: created, adopted, shared with the model, and deleted with the last of its owners."""

import pytest

from automl_api.kinds import CLAIMS, EXPERIMENTS, JOBS, MODELS
from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import ExperimentStatus
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.actions import CreateModel, StartRunner, WriteExperimentStatus
from automl_operator.kube.api.errors import Busy
from automl_operator.kube.settings import ClaimSettings, StoreSettings
from builders.control import a_minimal_model
from builders.kube import NAMESPACE, settings
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness, kube_world_harness

RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


def owners(harness: KubeWorldHarness) -> list[str]:
    (claim,) = harness.api.all(CLAIMS)
    return [owner["kind"] for owner in claim["metadata"].get("ownerReferences", ())]


def uploaded(harness: KubeWorldHarness, labels: dict[str, str]) -> None:
    body = {"metadata": {"name": "churn-store", "labels": labels}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    harness.api.add(CLAIMS, NAMESPACE, body)


async def test_the_first_runner_makes_the_claim_that_all_share(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    await harness.world.apply(harness.key, StartRunner("churn-00000-cpu-1", "cpu"))
    assert owners(harness) == ["AutoMLExperiment"]
    mounted = [
        volume["persistentVolumeClaim"]["claimName"]
        for job in harness.api.all(JOBS)
        for volume in job["spec"]["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert mounted == ["churn-store", "churn-store"]
    assert ((await harness.snapshot()).store.uri or "").startswith("pvc://churn-store/lab/churn-")


async def test_the_settings_name_class_and_size() -> None:
    async with kube_world_harness(settings(claim=ClaimSettings(storage_class_name="fast", size="2Gi"))) as harness:
        await harness.world.apply(harness.key, RUNNER)
        spec = harness.api.all(CLAIMS)[0]["spec"]
        assert (spec["storageClassName"], spec["resources"]["requests"]["storage"]) == ("fast", "2Gi")


async def test_with_a_store_no_claim_is_made() -> None:
    async with kube_world_harness(settings(store=StoreSettings(uri="s3://platform/automl"))) as harness:
        await harness.world.apply(harness.key, RUNNER)
        assert harness.api.all(CLAIMS) == ()


async def test_a_claim_that_was_made_for_uploaded_data_is_adopted(harness: KubeWorldHarness) -> None:
    uploaded(harness, {LABEL_EXPERIMENT: "churn"})
    await harness.world.apply(harness.key, RUNNER)
    await harness.world.apply(harness.key, StartRunner("churn-00000-cpu-1", "cpu"))
    assert owners(harness) == ["AutoMLExperiment"]


async def test_a_claim_of_the_user_is_used_and_never_deleted(harness: KubeWorldHarness) -> None:
    uploaded(harness, {})
    await harness.world.apply(harness.key, RUNNER)
    await harness.world.apply(harness.key, CreateModel(a_minimal_model()))
    assert owners(harness) == []
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    assert len(harness.api.all(CLAIMS)) == 1


async def test_the_model_owns_the_claim_too_so_that_the_claim_stays_with_it(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    await harness.world.apply(harness.key, CreateModel(a_minimal_model()))
    assert owners(harness) == ["AutoMLExperiment", "AutoMLModel"]
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    assert len(harness.api.all(CLAIMS)) == 1
    harness.api.remove(MODELS, NAMESPACE, harness.api.all(MODELS)[0]["metadata"]["name"])
    assert harness.api.all(CLAIMS) == ()


async def test_an_operator_that_dies_between_model_and_claim_repairs_the_owner_before_the_end(
    harness: KubeWorldHarness,
) -> None:
    await harness.world.apply(harness.key, RUNNER)
    harness.api.fail("patch", Busy("gone"), kind=CLAIMS)
    with pytest.raises(Unavailable):
        await harness.world.apply(harness.key, CreateModel(a_minimal_model()))
    assert owners(harness) == ["AutoMLExperiment"]
    await harness.world.apply(harness.key, WriteExperimentStatus(ExperimentStatus(state="Complete")))
    assert owners(harness) == ["AutoMLExperiment", "AutoMLModel"]


async def test_the_claim_of_an_earlier_model_serves_the_next_experiment_too(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    await harness.world.apply(harness.key, CreateModel(a_minimal_model()))
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    harness.apply_experiment()
    await settle()
    await harness.world.apply(harness.key, RUNNER)
    assert "AutoMLModel" in owners(harness)
    uid = (await harness.snapshot()).experiment.metadata.uid
    assert uid in {owner["uid"] for owner in harness.api.all(CLAIMS)[0]["metadata"]["ownerReferences"]}


async def test_a_claim_that_is_being_deleted_is_waited_for(harness: KubeWorldHarness) -> None:
    body = {
        "metadata": {
            "name": "churn-store",
            "labels": {LABEL_EXPERIMENT: "churn"},
            "finalizers": ["kubernetes.io/pvc-protection"],
            "deletionTimestamp": "2026-01-01T00:00:00Z",
        }
    }
    harness.api.add(CLAIMS, NAMESPACE, body)
    await settle()
    with pytest.raises(Unavailable, match="being deleted"):
        await harness.world.apply(harness.key, RUNNER)
    assert harness.api.all(JOBS) == ()
