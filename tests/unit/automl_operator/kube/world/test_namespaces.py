"""Rights in one namespace are no rights in another, whatever labels, owners and Events somebody writes there."""

from typing import Any

import pytest

from automl_api.base import Model
from automl_api.kinds import EVENTS, JOBS, MODELS, PLANS, PODS, TRIALS, Kind
from automl_operator.broker.identity import Unauthorized
from automl_operator.decisions.state.actions import CreatePlan, CreateTrial, StartRunner
from automl_operator.kube.manifests.belonging import belonging
from builders.control import a_model, a_plan, a_trial
from builders.kube import NAMESPACE, terminated
from fakes.clock import settle
from fakes.kube_premises import KubePremises

EVIL = "evil"
RUNNER = StartRunner("churn-00000-cpu-0", "cpu")


def forged(item: dict[str, Any], name: str) -> dict[str, Any]:
    """A copy for another namespace: the same labels, the same owner, and what else its maker likes."""
    meta = {
        key: item["metadata"][key] for key in ("labels", "annotations", "ownerReferences") if key in item["metadata"]
    }
    return item | {"metadata": meta | {"name": name}}


async def test_a_job_elsewhere_that_claims_an_experiment_is_no_runner_of_it(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    (job,) = premises.api.all(JOBS)
    premises.api.add(JOBS, EVIL, forged(job, "another"))
    labels_only = forged(job, "labels")
    del labels_only["metadata"]["ownerReferences"]
    premises.api.add(JOBS, EVIL, labels_only)
    assert len((await premises.snapshot()).runners) == 1


async def test_a_pod_elsewhere_that_claims_a_job_does_not_end_its_runner(premises: KubePremises) -> None:
    await premises.world.apply(premises.key, RUNNER)
    crashed = forged(premises.pod(RUNNER.name), "pod") | {
        "status": {"phase": "Failed", "containerStatuses": terminated(1)},
    }
    pod = premises.api.add(PODS, EVIL, crashed)
    (runner,) = (await premises.snapshot()).runners
    assert (runner.uid, runner.ending) == (premises.pod(RUNNER.name)["metadata"]["uid"], None)
    with pytest.raises(Unauthorized):
        await premises.kube.identify(f"token-of-{pod['metadata']['uid']}")


async def test_an_event_elsewhere_says_nothing_of_a_job(premises: KubePremises) -> None:
    premises.cluster.starts = False
    await premises.kube.apply(premises.key, RUNNER)
    (job,) = premises.api.all(JOBS)
    said = {"reason": "FailedCreate", "message": 'Error creating: pods "x" is forbidden: no', "metadata": {"name": "e"}}
    about = {"kind": "Job", "namespace": EVIL, "name": "x", "uid": job["metadata"]["uid"]}
    premises.api.add(EVENTS, EVIL, said | {"involvedObject": about})
    (runner,) = (await premises.snapshot()).runners
    assert (runner.phase, runner.problem) == ("pending", "")


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        pytest.param(PLANS, a_plan(), id="a plan"),
        pytest.param(TRIALS, a_trial(1), id="a trial"),
        pytest.param(MODELS, a_model(), id="a model"),
    ],
)
@pytest.mark.parametrize("readable", [True, False], ids=["readable", "unreadable"])
async def test_records_elsewhere_are_no_part_of_an_experiment(
    premises: KubePremises, kind: Kind, record: Model, readable: bool
) -> None:
    body = belonging(record.to_dict(), (await premises.snapshot()).experiment, owned=True)
    premises.api.add(kind, EVIL, body if readable else body | {"spec": {"nonsense": 1}})
    await settle()
    await premises.world.apply(premises.key, CreatePlan(a_plan()))
    await premises.world.apply(premises.key, CreateTrial(a_trial()))
    snapshot = await premises.snapshot()
    assert (len(premises.api.all(PLANS, NAMESPACE)), snapshot.plan is not None) == (1, True)
    assert ([trial.spec.index for trial in snapshot.trials], snapshot.model) == ([0], None)
