"""Objects in one namespace cannot affect an experiment in another, whatever labels and owners they claim."""

from typing import Any

import pytest

from automl_api.base import Model
from automl_api.kinds import EVENTS, JOBS, MODELS, PLANS, PODS, TRIALS, Kind
from automl_operator.broker.identity import Unauthorized
from automl_operator.decisions.state.actions import CreatePlan, CreateTrial, StartRunner
from automl_operator.kube.manifests.belonging import belonging
from builders.control import a_claimed_trial, a_minimal_model, a_minimal_plan
from builders.kube import NAMESPACE, terminated
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness

EVIL = "evil"
RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


def forged(item: dict[str, Any], name: str) -> dict[str, Any]:
    """A copy for another namespace, with the same labels and the same owner."""
    meta = {
        key: item["metadata"][key] for key in ("labels", "annotations", "ownerReferences") if key in item["metadata"]
    }
    return item | {"metadata": meta | {"name": name}}


async def test_a_job_elsewhere_that_claims_an_experiment_is_not_its_runner(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    (job,) = harness.api.all(JOBS)
    harness.api.add(JOBS, EVIL, forged(job, "another"))
    labels_only = forged(job, "labels")
    del labels_only["metadata"]["ownerReferences"]
    harness.api.add(JOBS, EVIL, labels_only)
    assert len((await harness.snapshot()).runners) == 1


async def test_a_pod_elsewhere_that_claims_a_job_does_not_end_its_runner(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    crashed = forged(harness.pod(RUNNER.name), "pod") | {
        "status": {"phase": "Failed", "containerStatuses": terminated(1)},
    }
    pod = harness.api.add(PODS, EVIL, crashed)
    (runner,) = (await harness.snapshot()).runners
    assert (runner.uid, runner.ending) == (harness.pod(RUNNER.name)["metadata"]["uid"], None)
    with pytest.raises(Unauthorized):
        await harness.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_an_event_elsewhere_does_not_count_for_a_job(harness: KubeWorldHarness) -> None:
    harness.cluster.starts = False
    await harness.kube.apply(harness.key, RUNNER)
    (job,) = harness.api.all(JOBS)
    event = {
        "reason": "FailedCreate",
        "message": 'Error creating: pods "x" is forbidden: no',
        "metadata": {"name": "e"},
    }
    about = {"kind": "Job", "namespace": EVIL, "name": "x", "uid": job["metadata"]["uid"]}
    harness.api.add(EVENTS, EVIL, event | {"involvedObject": about})
    (runner,) = (await harness.snapshot()).runners
    assert (runner.phase, runner.problem) == ("pending", "")


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        pytest.param(PLANS, a_minimal_plan(), id="a plan"),
        pytest.param(TRIALS, a_claimed_trial(1), id="a trial"),
        pytest.param(MODELS, a_minimal_model(), id="a model"),
    ],
)
@pytest.mark.parametrize("readable", [True, False], ids=["readable", "unreadable"])
async def test_records_elsewhere_are_not_part_of_an_experiment(
    harness: KubeWorldHarness, kind: Kind, record: Model, readable: bool
) -> None:
    body = belonging(record.to_dict(), (await harness.snapshot()).experiment, owned=True)
    harness.api.add(kind, EVIL, body if readable else body | {"spec": {"nonsense": 1}})
    await settle()
    await harness.world.apply(harness.key, CreatePlan(a_minimal_plan()))
    await harness.world.apply(harness.key, CreateTrial(a_claimed_trial()))
    snapshot = await harness.snapshot()
    assert (len(harness.api.all(PLANS, NAMESPACE)), snapshot.plan is not None) == (1, True)
    assert ([trial.spec.index for trial in snapshot.trials], snapshot.model) == ([0], None)
