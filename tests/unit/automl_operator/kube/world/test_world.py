"""Rules on Kubernetes beyond the contract of every World: ownership, recreated objects, lost answers, identities."""

import asyncio
from dataclasses import replace

import pytest

from automl_api.kinds import EXPERIMENTS, JOBS, MODELS, PLANS, PODS, TRIALS
from automl_api.names import ANNOTATION_HOLDER, LABEL_EXPERIMENT
from automl_api.resources import Condition, ExperimentStatus, TrialStatus
from automl_operator.broker.identity import Unauthorized
from automl_operator.controller.world import Superseded, Unavailable, WriteRefused
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreatePlan,
    CreateTrial,
    StartRunner,
    StopRunner,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.errors import Busy, Forbidden
from automl_operator.kube.manifests.belonging import LABEL_EXPERIMENT_UID
from automl_operator.kube.tls import NoCertificate
from builders.control import a_claimed_trial, a_minimal_model, a_minimal_plan
from builders.kube import NAMESPACE, condition, waiting
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness

RUNNER = StartRunner("churn-00000-cpu-0", "cpu")
TRIAL = a_claimed_trial().metadata.name
CREATES = (CreatePlan(a_minimal_plan()), CreateTrial(a_claimed_trial()), CreateModel(a_minimal_model()), RUNNER)


async def test_observing_makes_no_call(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    calls = len(harness.api.calls)
    await harness.kube.observe(harness.key)
    assert len(harness.api.calls) == calls


async def test_an_unchanged_object_is_the_identical_python_object(harness: KubeWorldHarness) -> None:
    for index in range(3):
        await harness.world.apply(harness.key, CreateTrial(a_claimed_trial(index)))
    await harness.world.apply(harness.key, CreatePlan(a_minimal_plan()))
    before = await harness.snapshot()
    await harness.world.apply(
        harness.key, WriteTrialStatus(a_claimed_trial(1).metadata.name, TrialStatus(state="Paused"))
    )
    after = await harness.snapshot()
    assert after.experiment is before.experiment
    assert after.plan is before.plan
    assert [new is old for new, old in zip(after.trials, before.trials, strict=True)] == [True, False, True]
    assert (await harness.snapshot()).trials is after.trials


async def test_the_experiment_owns_everything_but_the_model(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, CreatePlan(a_minimal_plan()))
    await harness.world.apply(harness.key, CreateTrial(a_claimed_trial()))
    await harness.world.apply(harness.key, CreateModel(a_minimal_model()))
    await harness.world.apply(harness.key, RUNNER)
    uid = (await harness.snapshot()).experiment.metadata.uid
    for kind in (PLANS, TRIALS, MODELS, JOBS):
        (stored,) = harness.api.all(kind)
        assert stored["metadata"]["labels"][LABEL_EXPERIMENT] == "churn"
        assert stored["metadata"]["labels"][LABEL_EXPERIMENT_UID] == uid
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    await settle()
    assert [harness.api.all(kind) for kind in (PLANS, TRIALS, JOBS, PODS)] == [(), (), (), ()]
    assert len(harness.api.all(MODELS)) == 1
    assert await harness.kube.observe(harness.key) is None


async def test_children_of_an_earlier_experiment_of_the_same_name_are_not_seen(harness: KubeWorldHarness) -> None:
    for action in CREATES:
        await harness.world.apply(harness.key, action)
    leftovers = [(kind, harness.api.all(kind)[0]) for kind in (PLANS, TRIALS, JOBS)]
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    for kind, leftover in leftovers:
        harness.api.add(kind, NAMESPACE, leftover)
    harness.apply_experiment()
    snapshot = await harness.snapshot()
    assert (snapshot.plan, snapshot.trials, snapshot.model, snapshot.runners) == (None, (), None, ())
    for action in CREATES:
        with pytest.raises(WriteRefused, match="does not belong"):
            await harness.world.apply(harness.key, action)


async def test_a_status_is_not_written_to_a_recreated_experiment(harness: KubeWorldHarness) -> None:
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    harness.apply_experiment()
    with pytest.raises(Superseded):
        await harness.kube.apply(harness.key, WriteExperimentStatus(ExperimentStatus(state="Searching")))
    assert "status" not in harness.api.all(EXPERIMENTS)[0]


async def test_an_experiment_that_is_being_deleted_is_left_alone(harness: KubeWorldHarness) -> None:
    metadata = {"finalizers": ["foregroundDeletion"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
    harness.api.change(EXPERIMENTS, NAMESPACE, "churn", {"metadata": metadata})
    await settle()
    assert await harness.kube.observe(harness.key) is None
    with pytest.raises(Superseded):
        await harness.world.apply(harness.key, RUNNER)


async def test_a_deleted_experiment_is_a_change(harness: KubeWorldHarness) -> None:
    changes = harness.kube.changes()
    assert await anext(changes) == harness.key
    harness.api.remove(EXPERIMENTS, NAMESPACE, "churn")
    assert await asyncio.wait_for(anext(changes), 5) == harness.key
    assert await harness.kube.observe(harness.key) is None
    await changes.aclose()  # type: ignore[attr-defined]


async def test_a_change_from_another_watch_is_taken_once(harness: KubeWorldHarness) -> None:
    changes = harness.kube.changes()
    await anext(changes)
    harness.api.change(EXPERIMENTS, NAMESPACE, "churn", {"spec": {"stop": True}})
    (stored,) = harness.api.all(EXPERIMENTS)
    harness.kube.notice(stored)
    assert await asyncio.wait_for(anext(changes), 5) == harness.key
    assert (await harness.snapshot()).experiment.spec.stop
    harness.kube.notice(stored)
    harness.kube.notice(stored, deleted=True)
    assert await harness.kube.observe(harness.key) is None
    assert await asyncio.wait_for(anext(changes), 5) == harness.key
    await changes.aclose()  # type: ignore[attr-defined]


async def test_our_own_writes_are_not_reported_as_changes(harness: KubeWorldHarness) -> None:
    changes = harness.kube.changes()
    await anext(changes)
    for action in (
        CreatePlan(a_minimal_plan()),
        CreateTrial(a_claimed_trial()),
        WriteTrialStatus(TRIAL, TrialStatus(state="Paused")),
    ):
        await harness.world.apply(harness.key, action)
    await harness.world.apply(harness.key, WriteExperimentStatus(ExperimentStatus(state="Searching")))
    other = harness.apply_experiment("later")["metadata"]["name"]
    assert await asyncio.wait_for(anext(changes), 5) == Key(NAMESPACE, other)
    await changes.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("action", CREATES)
async def test_a_create_whose_answer_is_lost_succeeds_when_repeated(
    harness: KubeWorldHarness, action: CreatePlan
) -> None:
    kind = {CreatePlan: PLANS, CreateTrial: TRIALS, CreateModel: MODELS, StartRunner: JOBS}[type(action)]
    harness.api.fail("create", Busy("connection reset"), kind=kind, done=True)
    with pytest.raises(Unavailable):
        await harness.kube.apply(harness.key, action)
    (stored,) = harness.api.all(kind)
    await harness.world.apply(harness.key, action)
    assert [item["metadata"]["uid"] for item in harness.api.all(kind)] == [stored["metadata"]["uid"]]


async def test_a_field_that_vanishes_from_a_status_is_removed(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, CreateTrial(a_claimed_trial()))
    lost = TrialStatus(state="Paused", failure_class="resources", reason="OOMKilled", score=0.5)
    await harness.world.apply(harness.key, WriteTrialStatus(TRIAL, lost))
    await harness.world.apply(harness.key, WriteTrialStatus(TRIAL, TrialStatus(state="Succeeded")))
    (stored,) = harness.api.all(TRIALS)
    assert "failureClass" not in stored["status"]
    assert "score" not in stored["status"]
    assert (await harness.snapshot()).trials[0].status == TrialStatus(state="Succeeded")


async def test_a_refused_create_raises_the_servers_message(harness: KubeWorldHarness) -> None:
    harness.api.fail("create", Forbidden("admission webhook denied the request: no Jobs on Fridays"), kind=JOBS)
    with pytest.raises(WriteRefused, match="Fridays"):
        await harness.kube.apply(harness.key, RUNNER)


async def test_a_runner_waits_for_the_brokers_ca(harness: KubeWorldHarness) -> None:
    def missing() -> str:
        raise NoCertificate("the CA ca.crt: no such file")

    harness.ca = missing
    with pytest.raises(Unavailable, match=r"ca\.crt"):
        await harness.kube.apply(harness.key, RUNNER)


async def test_an_unreadable_stored_object_is_reported_and_affects_no_other(
    harness: KubeWorldHarness,
) -> None:
    other = Key(NAMESPACE, harness.apply_experiment("other")["metadata"]["name"])
    harness.api.change(EXPERIMENTS, NAMESPACE, "churn", {"spec": {"parallelism": "four"}})
    await settle()
    with pytest.raises(Unavailable, match=r"AutoMLExperiment lab/churn cannot be read: spec.parallelism"):
        await harness.kube.observe(harness.key)
    assert await harness.kube.observe(other) is not None
    ((tone, reason, message),) = harness.own_events()
    assert (tone, reason) == ("Warning", "Unreadable")
    assert "spec.parallelism" in message
    harness.api.change(EXPERIMENTS, NAMESPACE, "churn", {"spec": {"parallelism": 4}})
    assert (await harness.snapshot()).experiment.spec.parallelism == 4


async def test_the_holder_of_a_trial_is_its_annotation(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, CreateTrial(a_claimed_trial(holder="pod-7")))
    assert harness.api.all(TRIALS)[0]["metadata"]["annotations"] == {ANNOTATION_HOLDER: "pod-7"}


# Runners


async def test_a_runner_whose_pod_cannot_be_scheduled_is_pending_with_the_schedulers_message(
    harness: KubeWorldHarness,
) -> None:
    await harness.world.apply(harness.key, RUNNER)
    conditions = [condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")]
    harness.cluster.say(harness.pod(RUNNER.name), {"phase": "Pending", "conditions": conditions})
    (runner,) = (await harness.snapshot()).runners
    assert (runner.phase, runner.problem) == ("pending", "Unschedulable")
    assert "Insufficient cpu" in runner.message


async def test_a_runner_whose_image_cannot_be_pulled_is_pending_with_the_kubelets_message(
    harness: KubeWorldHarness,
) -> None:
    await harness.world.apply(harness.key, RUNNER)
    statuses = waiting("ErrImagePull", "not found")
    harness.cluster.say(harness.pod(RUNNER.name), {"phase": "Pending", "containerStatuses": statuses})
    (runner,) = (await harness.snapshot()).runners
    assert (runner.phase, runner.problem, runner.message) == ("pending", "ImagePullBackOff", "not found")


async def test_a_runner_whose_job_is_deleted_is_gone_and_its_token_is_refused(
    harness: KubeWorldHarness,
) -> None:
    await harness.world.apply(harness.key, RUNNER)
    token = await harness.token(RUNNER.name)
    harness.api.remove(JOBS, NAMESPACE, RUNNER.name)
    assert (await harness.snapshot()).runners == ()
    with pytest.raises(Unauthorized):
        await harness.kube.identify(token)


async def test_a_runner_whose_pod_is_deleted_has_ended_without_charge(harness: KubeWorldHarness) -> None:
    await harness.world.apply(harness.key, RUNNER)
    harness.api.remove(PODS, NAMESPACE, harness.pod(RUNNER.name)["metadata"]["name"])
    harness.api.change(JOBS, NAMESPACE, RUNNER.name, {"status": {"failed": 1}})
    (runner,) = (await harness.snapshot()).runners
    assert runner.phase == "ended"
    assert runner.ending is not None
    assert runner.ending.failure_class == "infrastructure"


async def test_a_runner_keeps_its_name_even_if_it_is_too_long_for_a_job(harness: KubeWorldHarness) -> None:
    long = replace(RUNNER, name="churn-00000-" + "p" * 60 + "-0")
    await harness.world.apply(harness.key, long)
    (job,) = harness.api.all(JOBS)
    assert len(job["metadata"]["name"]) <= 63
    assert [runner.name for runner in (await harness.snapshot()).runners] == [long.name]
    await harness.world.apply(harness.key, StopRunner(long.name, "Idle"))
    assert harness.api.all(JOBS) == ()


async def test_every_runner_uses_the_images_of_the_first_start(harness: KubeWorldHarness) -> None:
    status = ExperimentStatus(state="Preparing", images={"cpu": "runner@sha256:1"})
    await harness.world.apply(harness.key, WriteExperimentStatus(status))
    await harness.world.apply(harness.key, RUNNER)
    (job,) = harness.api.all(JOBS)
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "runner@sha256:1"


# Events


async def test_each_change_makes_one_event(harness: KubeWorldHarness) -> None:
    preparing = ExperimentStatus(
        state="Preparing", conditions=(Condition(type="Complete", status="False", reason="Preparing", message="Read."),)
    )
    await harness.world.apply(harness.key, WriteExperimentStatus(preparing))
    await harness.world.apply(harness.key, WriteExperimentStatus(preparing.replace(active_seconds=9.0)))
    assert harness.own_events() == [("Normal", "Preparing", "Read.")]


async def test_events_are_about_the_experiment_and_their_failure_delays_nothing(harness: KubeWorldHarness) -> None:
    harness.api.fail("create", Forbidden("events is forbidden"))
    for state in ("Preparing", "Searching", "Suspended"):
        await harness.world.apply(harness.key, WriteExperimentStatus(ExperimentStatus(state=state)))
    assert [reason for _, reason, _ in harness.own_events()] == ["Searching", "Suspended"]
