"""Who is no runner: whatever a pod or a Job says of itself, the rest has to agree."""

from dataclasses import replace

import pytest

from automl_api.kinds import JOBS, PODS
from automl_api.names import LABEL_EXPERIMENT
from automl_operator.broker.identity import Unauthorized
from automl_operator.decisions.state.actions import StartRunner
from builders.kube import NAMESPACE
from fakes.clock import settle
from fakes.kube_premises import KubePremises

RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


async def test_a_strange_pod_with_our_audience_is_nobody(premises: KubePremises) -> None:
    labels = {"app.kubernetes.io/managed-by": "automl-operator", LABEL_EXPERIMENT: "churn"}
    pod = premises.api.add(PODS, NAMESPACE, {"metadata": {"name": "forged", "labels": labels}, "spec": {}})
    await settle()
    with pytest.raises(Unauthorized, match="no runner"):
        await premises.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_a_runner_of_a_job_that_we_did_not_make_for_a_living_experiment_is_nobody(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    token = await premises.token(RUNNER.name)
    job = premises.api.all(JOBS)[0]
    forged = job["metadata"]["ownerReferences"][0] | {"uid": "another life"}
    premises.api.change(JOBS, NAMESPACE, RUNNER.name, {"metadata": {"ownerReferences": [forged]}})
    await settle()
    with pytest.raises(Unauthorized):
        await premises.kube.identify(token)


async def test_a_pod_that_says_it_is_of_a_runners_job_is_nobody_beside_the_jobs_own(premises: KubePremises) -> None:
    """The image is the tenant's own, labels and owner are copied: all of it is only its creator's word."""
    await premises.world.apply(premises.key, RUNNER)
    own = premises.pod(RUNNER.name)
    metadata = {name: own["metadata"][name] for name in ("labels", "ownerReferences")}
    forged = premises.api.add(PODS, NAMESPACE, {"metadata": metadata | {"name": "forged"}, "spec": {}, "status": {}})
    later = {"metadata": {"creationTimestamp": "2100-01-01T00:00:00Z"}, "status": {"phase": "Running"}}
    premises.api.change(PODS, NAMESPACE, "forged", later)
    (runner,) = (await premises.snapshot()).runners
    assert runner.uid == own["metadata"]["uid"]
    with pytest.raises(Unauthorized, match="no runner"):
        await premises.kube.identify(f"token-of-{forged['metadata']['uid']}")
    await premises.kube.identify(await premises.token(RUNNER.name))


@pytest.mark.parametrize("kept", ["labels", "ownerReferences"])
async def test_a_job_that_is_not_as_ours_are_is_no_runner(premises: KubePremises, kept: str) -> None:
    await premises.world.apply(premises.key, RUNNER)
    (own,) = premises.api.all(JOBS)
    metadata = {"name": "forged", kept: own["metadata"][kept]}
    metadata["labels"] = metadata.get("labels", {}) | {"app.kubernetes.io/managed-by": "automl-operator"}
    job = premises.api.add(JOBS, NAMESPACE, {"metadata": metadata, "spec": own["spec"]})
    await settle()
    pod = premises.cluster.pod_of(job)
    assert pod is not None
    assert [runner.name for runner in (await premises.snapshot()).runners] == [RUNNER.name]
    with pytest.raises(Unauthorized):
        await premises.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_a_token_of_another_service_account_than_the_runners_is_nobodys(premises: KubePremises) -> None:
    premises.apply_experiment("other", service_account_name="ml")
    await settle()
    key = replace(premises.key, name="other")
    await premises.world.apply(key, replace(RUNNER, name="other-00000-cpu-0"))
    with pytest.raises(Unauthorized, match="no runner"):
        await premises.kube.identify(await premises.token("other-00000-cpu-0"))
