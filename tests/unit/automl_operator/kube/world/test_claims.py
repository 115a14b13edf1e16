"""The claim of an experiment: made, adopted, left to the model, and gone with the last of its owners."""

import pytest

from automl_api.kinds import CLAIMS, EXPERIMENTS, JOBS, MODELS
from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import ExperimentStatus
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.actions import CreateModel, StartRunner, WriteExperimentStatus
from automl_operator.kube.api.errors import Busy
from automl_operator.kube.settings import ClaimSettings, StoreSettings
from builders.control import a_model
from builders.kube import NAMESPACE, settings
from fakes.clock import settle
from fakes.kube_premises import KubePremises, kube_premises

RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


def owners(premises: KubePremises) -> list[str]:
    (claim,) = premises.api.all(CLAIMS)
    return [owner["kind"] for owner in claim["metadata"].get("ownerReferences", ())]


def uploaded(premises: KubePremises, labels: dict[str, str]) -> None:
    body = {"metadata": {"name": "churn-store", "labels": labels}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    premises.api.add(CLAIMS, NAMESPACE, body)


async def test_the_first_runner_makes_the_claim_that_all_share(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    await premises.world.apply(premises.key, StartRunner("churn-00000-cpu-1", "cpu"))
    assert owners(premises) == ["AutoMLExperiment"]
    for job in premises.api.all(JOBS):
        volumes = job["spec"]["template"]["spec"]["volumes"]
        assert [v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v] == [
            "churn-store"
        ]
    assert ((await premises.snapshot()).store.uri or "").startswith("pvc://churn-store/lab/churn-")


async def test_the_platform_names_class_and_size() -> None:
    async with kube_premises(settings(claim=ClaimSettings(storage_class_name="fast", size="2Gi"))) as premises:
        await premises.world.apply(premises.key, RUNNER)
        spec = premises.api.all(CLAIMS)[0]["spec"]
        assert (spec["storageClassName"], spec["resources"]["requests"]["storage"]) == ("fast", "2Gi")


async def test_with_a_store_no_claim_is_made() -> None:
    async with kube_premises(settings(store=StoreSettings(uri="s3://platform/automl"))) as premises:
        await premises.world.apply(premises.key, RUNNER)
        assert premises.api.all(CLAIMS) == ()


async def test_a_claim_that_was_made_for_uploaded_data_is_adopted(premises: KubePremises) -> None:
    uploaded(premises, {LABEL_EXPERIMENT: "churn"})
    await premises.world.apply(premises.key, RUNNER)
    await premises.world.apply(premises.key, StartRunner("churn-00000-cpu-1", "cpu"))
    assert owners(premises) == ["AutoMLExperiment"]


async def test_a_claim_of_the_users_own_is_used_and_never_goes(premises: KubePremises) -> None:
    uploaded(premises, {})
    await premises.world.apply(premises.key, RUNNER)
    await premises.world.apply(premises.key, CreateModel(a_model()))
    assert owners(premises) == []
    premises.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    assert len(premises.api.all(CLAIMS)) == 1


async def test_the_model_owns_the_claim_too_so_that_it_stays_with_it(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    await premises.world.apply(premises.key, CreateModel(a_model()))
    assert owners(premises) == ["AutoMLExperiment", "AutoMLModel"]
    premises.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    assert len(premises.api.all(CLAIMS)) == 1
    premises.api.remove(MODELS, NAMESPACE, premises.api.all(MODELS)[0]["metadata"]["name"])
    assert premises.api.all(CLAIMS) == ()


async def test_whoever_dies_between_the_model_and_its_claim_puts_it_right_before_the_end(
    premises: KubePremises,
) -> None:
    await premises.world.apply(premises.key, RUNNER)
    premises.api.fail("patch", Busy("gone"), kind=CLAIMS)
    with pytest.raises(Unavailable):
        await premises.world.apply(premises.key, CreateModel(a_model()))
    assert owners(premises) == ["AutoMLExperiment"]
    await premises.world.apply(premises.key, WriteExperimentStatus(ExperimentStatus(state="Complete")))
    assert owners(premises) == ["AutoMLExperiment", "AutoMLModel"]


async def test_the_claim_of_an_earlier_answer_serves_the_next_question_too(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    await premises.world.apply(premises.key, CreateModel(a_model()))
    premises.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    premises.apply_experiment()
    await settle()
    await premises.world.apply(premises.key, RUNNER)
    assert "AutoMLModel" in owners(premises)
    uid = (await premises.snapshot()).experiment.metadata.uid
    assert uid in {owner["uid"] for owner in premises.api.all(CLAIMS)[0]["metadata"]["ownerReferences"]}


async def test_a_claim_that_is_going_is_waited_for(premises: KubePremises) -> None:
    body = {
        "metadata": {
            "name": "churn-store",
            "labels": {LABEL_EXPERIMENT: "churn"},
            "finalizers": ["kubernetes.io/pvc-protection"],
            "deletionTimestamp": "2026-01-01T00:00:00Z",
        }
    }
    premises.api.add(CLAIMS, NAMESPACE, body)
    await settle()
    with pytest.raises(Unavailable, match="being deleted"):
        await premises.world.apply(premises.key, RUNNER)
    assert premises.api.all(JOBS) == ()
