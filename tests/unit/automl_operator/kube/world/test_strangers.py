"""Pods and Jobs that are not runners: claims in their metadata count only if the rest agrees."""

from dataclasses import replace

import pytest

from automl_api.kinds import JOBS, PODS
from automl_api.names import LABEL_EXPERIMENT
from automl_operator.broker.identity import Unauthorized
from automl_operator.decisions.state.actions import StartRunner
from builders.kube import NAMESPACE
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness

RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


async def test_the_token_of_a_foreign_pod_with_our_audience_is_refused(harness: KubeWorldHarness) -> None:
    labels = {"app.kubernetes.io/managed-by": "automl-operator", LABEL_EXPERIMENT: "churn"}
    pod = harness.api.add(PODS, NAMESPACE, {"metadata": {"name": "forged", "labels": labels}, "spec": {}})
    await settle()
    with pytest.raises(Unauthorized, match="does not belong to a runner"):
        await harness.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_the_pod_of_a_job_that_we_did_not_create_for_an_existing_experiment_is_refused(
    harness: KubeWorldHarness,
) -> None:
    await harness.world.apply(harness.key, RUNNER)
    token = await harness.token(RUNNER.name)
    job = harness.api.all(JOBS)[0]
    forged = job["metadata"]["ownerReferences"][0] | {"uid": "another life"}
    harness.api.change(JOBS, NAMESPACE, RUNNER.name, {"metadata": {"ownerReferences": [forged]}})
    await settle()
    with pytest.raises(Unauthorized):
        await harness.kube.identify(token)


async def test_a_second_pod_that_claims_a_runners_job_is_refused(harness: KubeWorldHarness) -> None:
    """A tenant can choose the image and copy labels and owner, so none of them proves anything."""
    await harness.world.apply(harness.key, RUNNER)
    own = harness.pod(RUNNER.name)
    metadata = {name: own["metadata"][name] for name in ("labels", "ownerReferences")}
    forged = harness.api.add(PODS, NAMESPACE, {"metadata": metadata | {"name": "forged"}, "spec": {}, "status": {}})
    later = {"metadata": {"creationTimestamp": "2100-01-01T00:00:00Z"}, "status": {"phase": "Running"}}
    harness.api.change(PODS, NAMESPACE, "forged", later)
    (runner,) = (await harness.snapshot()).runners
    assert runner.uid == own["metadata"]["uid"]
    with pytest.raises(Unauthorized, match="does not belong to a runner"):
        await harness.kube.identify(f"token-of-{forged['metadata']['uid']}")
    await harness.kube.identify(await harness.token(RUNNER.name))


@pytest.mark.parametrize("kept", ["labels", "ownerReferences"])
async def test_a_job_that_differs_from_ours_is_no_runner(harness: KubeWorldHarness, kept: str) -> None:
    await harness.world.apply(harness.key, RUNNER)
    (own,) = harness.api.all(JOBS)
    metadata = {"name": "forged", kept: own["metadata"][kept]}
    metadata["labels"] = metadata.get("labels", {}) | {"app.kubernetes.io/managed-by": "automl-operator"}
    job = harness.api.add(JOBS, NAMESPACE, {"metadata": metadata, "spec": own["spec"]})
    await settle()
    pod = harness.cluster.pod_of(job)
    assert pod is not None
    assert [runner.name for runner in (await harness.snapshot()).runners] == [RUNNER.name]
    with pytest.raises(Unauthorized):
        await harness.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_the_token_of_another_service_account_is_refused(harness: KubeWorldHarness) -> None:
    harness.apply_experiment("other", service_account_name="ml")
    await settle()
    key = replace(harness.key, name="other")
    await harness.world.apply(key, replace(RUNNER, name="other-00000-cpu-0"))
    with pytest.raises(Unauthorized, match="does not belong to a runner"):
        await harness.kube.identify(await harness.token("other-00000-cpu-0"))
