"""Whole histories with a World that denies what an experiment needs: it waits at rest, and goes on when it can."""

from typing import Any

import pytest

from automl_api.resources.experiment_status import State
from automl_operator.decisions.state.actions import CreateModel, CreatePlan, CreateTrial, StartRunner
from automl_operator.decisions.state.snapshot import Ending
from builders.decisions import a_pool
from builders.experiments import a_plan_spec, an_experiment
from simulation.harness import Simulation
from simulation.invariants import check_end, check_rest
from simulation.runners import RunnerScript

LOST = Ending("infrastructure", "PodDeleted", "gone")


def a_simulation(**spec: Any) -> Simulation:
    """A simulation of one runner with two slots and much work."""
    experiment = an_experiment(time="90s", trials=100, patience=100, parallelism=2, **spec)
    return Simulation(experiment, RunnerScript(a_plan_spec(folds=2, finalize_seconds=2.0)), (a_pool(),))


def searched_for_a_while(**spec: Any) -> Simulation:
    """A simulation in which trials have succeeded and the runner has just been lost."""
    harness = a_simulation(**spec)
    harness.run(20.0)
    assert harness.experiment.status.trials.succeeded >= 4
    return harness


def condition_of(condition: str, harness: Simulation) -> tuple[str, str]:
    found = next(c for c in harness.experiment.status.conditions if c.type == condition)
    return found.status, found.reason


def experiment_state(harness: Simulation) -> State:
    return harness.experiment.status.state


@pytest.mark.parametrize(
    ("stop", "pods"), [(False, False), (True, True)], ids=["Jobs are denied", "pods are denied after a stop"]
)
def test_no_runner_for_an_hour_and_then_one(stop: bool, pods: bool) -> None:
    harness = searched_for_a_while()
    if pods:
        harness.refuse_pods(3600.0)
    else:
        harness.deny(StartRunner, 3600.0)
    harness.lose_runner(LOST)
    if stop:
        harness.edit(stop=True)
    harness.run(60.0)
    spent, tried = harness.experiment.status.active_seconds, harness.denials.tried[StartRunner]
    check_rest(harness)
    harness.run(3480.0, until_final=False)
    assert condition_of("RunnersReady", harness) == ("False", "PodRefused" if pods else "Denied")
    assert experiment_state(harness) == ("Finalizing" if stop else "Searching")
    assert harness.experiment.status.active_seconds == spent
    assert harness.denials.tried[StartRunner] - tried <= 3540 / 30 + 1
    harness.run(3600.0)
    assert experiment_state(harness) == "Complete"
    check_end(harness)


@pytest.mark.parametrize("refused", [False, True])
def test_no_trial_for_an_hour_and_then_one(refused: bool) -> None:
    harness = searched_for_a_while()
    harness.deny(CreateTrial, 3600.0, refused)
    harness.run(120.0)
    assert not harness.runners, "an idle runner leaves"
    spent, trials = harness.experiment.status.active_seconds, len(harness.trials)
    check_rest(harness)
    harness.run(3300.0, until_final=False)
    assert not harness.runners
    assert condition_of("ObjectsReady", harness) == ("False", "Denied")
    assert harness.experiment.status.active_seconds == spent
    harness.run(3600.0)
    assert harness.experiment.status.state == "Complete"
    assert len(harness.trials) > trials
    assert max(trial.status.attempts for trial in harness.trials.values()) == 1
    check_end(harness)


def test_finished_trials_are_published_while_no_trial_can_be_created() -> None:
    harness = searched_for_a_while()
    harness.deny(CreateTrial, 36_000.0)
    harness.run(120.0)
    harness.edit(stop=True)
    harness.run(60.0)
    assert harness.experiment.status.state == "Complete"
    check_end(harness)


@pytest.mark.parametrize("create", [CreatePlan, CreateModel])
def test_results_are_kept_until_they_can_be_stored(create: type) -> None:
    harness = a_simulation(stop=False)
    harness.deny(create, 900.0, refused=create is CreateModel)
    harness.run(600.0)
    harness.edit(stop=create is CreateModel)
    harness.run(290.0)
    assert condition_of("ObjectsReady", harness) == ("False", "Denied")
    assert not harness.runners
    harness.run(7200.0)
    status = harness.experiment.status
    assert (status.state, status.prepare.attempts, status.finalize.attempts) == ("Complete", 1, 1)
    check_end(harness)


@pytest.mark.parametrize("create", [StartRunner, CreatePlan, CreateTrial])
def test_a_refusal_without_finished_trials_ends_the_experiment_and_every_trial(create: type) -> None:
    harness = a_simulation()
    harness.deny(create, 36_000.0)
    harness.run(120.0)
    assert condition_of("Failed", harness) == ("True", "Denied")
    check_end(harness)


@pytest.mark.parametrize("create", [StartRunner, CreatePlan, CreateTrial])
def test_an_unavailable_world_ends_nothing(create: type) -> None:
    harness = a_simulation()
    harness.deny(create, 600.0, refused=False)
    harness.run(599.0)
    assert not harness.final
    harness.run(7200.0)
    assert harness.experiment.status.state == "Complete"
    check_end(harness)
