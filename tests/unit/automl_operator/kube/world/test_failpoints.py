"""Every durable write of this World has a failpoint before and after it, and passes them in this order."""

import pytest

from automl_api import failpoints
from automl_api.kinds import CLAIMS
from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import ExperimentStatus, TrialStatus
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreatePlan,
    CreateTrial,
    StartRunner,
    StopRunner,
    WorldAction,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from builders.control import a_claimed_trial, a_minimal_model, a_minimal_plan
from builders.kube import NAMESPACE
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness

RUNNER = "churn-00000-cpu-0"
ACTIONS: tuple[tuple[WorldAction, tuple[str, ...]], ...] = (
    (StartRunner(RUNNER, "cpu"), ("create-claim", "create-job")),
    (CreatePlan(a_minimal_plan()), ("create-plan",)),
    (CreateTrial(a_claimed_trial()), ("create-trial",)),
    (WriteTrialStatus(a_claimed_trial().metadata.name, TrialStatus(state="Succeeded")), ("write-trial-status",)),
    (CreateModel(a_minimal_model()), ("create-model", "own-claim")),
    (WriteExperimentStatus(ExperimentStatus(state="Complete")), ("write-experiment-status",)),
    (StopRunner(RUNNER, "Ended"), ("delete-job",)),
)


async def test_every_write_passes_its_failpoints(harness: KubeWorldHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[str] = []
    monkeypatch.setattr(failpoints, "reach", passed.append)
    everything: set[str] = set()
    for action, writes in ACTIONS:
        await harness.world.apply(harness.key, action)
        expected = [f"{moment}:kube.{write}" for write in writes for moment in ("before", "after")]
        assert passed == expected
        everything.update(passed)
        passed.clear()
    assert everything == {name for name in failpoints.declared() if name.partition(":")[2].startswith("kube.")}


async def test_an_existing_object_passes_no_failpoint(
    harness: KubeWorldHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for action in (CreatePlan(a_minimal_plan()), CreateModel(a_minimal_model()), StartRunner(RUNNER, "cpu")):
        await harness.world.apply(harness.key, action)
        passed: list[str] = []
        monkeypatch.setattr(failpoints, "reach", passed.append)
        await harness.world.apply(harness.key, action)
        assert passed == []


async def test_adopting_a_claim_is_a_durable_write(harness: KubeWorldHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.api.add(CLAIMS, NAMESPACE, {"metadata": {"name": "churn-store", "labels": {LABEL_EXPERIMENT: "churn"}}})
    await settle()
    passed: list[str] = []
    monkeypatch.setattr(failpoints, "reach", passed.append)
    await harness.world.apply(harness.key, StartRunner(RUNNER, "cpu"))
    assert passed[:2] == ["before:kube.own-claim", "after:kube.own-claim"]
