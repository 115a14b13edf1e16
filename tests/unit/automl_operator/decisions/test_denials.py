"""A World that denies what an experiment needs, in whole histories: it waits at rest, and goes on when it can."""

import pytest

from automl_operator.decisions.state.actions import CreateModel, CreatePlan, CreateTrial, StartRunner
from automl_operator.decisions.state.snapshot import Ending
from builders.memories import a_pool
from builders.experiments import a_plan_spec, an_experiment
from simulation.house import House
from simulation.invariants import check_end, check_rest
from simulation.runners import Script

LOST = Ending("infrastructure", "PodDeleted", "gone")


def a_house(**spec: object) -> House:
    """One runner of two slots, that has much to do."""
    experiment = an_experiment(time="90s", trials=100, patience=100, parallelism=2, **spec)
    return House(experiment, Script(a_plan_spec(folds=2, finalize_seconds=2.0)), (a_pool(),))


def searched_for_a_while(**spec: object) -> House:
    """A house in which trials have succeeded, and whose runner is lost right now."""
    house = a_house(**spec)
    house.run(20.0)
    assert house.experiment.status.trials.succeeded >= 4
    return house


def the(condition: str, house: House) -> tuple[str, str]:
    found = next(c for c in house.experiment.status.conditions if c.type == condition)
    return found.status, found.reason


@pytest.mark.parametrize("stop", [False, True])
@pytest.mark.parametrize("pods", [False, True], ids=["Jobs are denied", "pods are denied"])
def test_no_runner_for_an_hour_and_then_one(stop: bool, pods: bool) -> None:
    house = searched_for_a_while()
    if pods:
        house.refuse_pods(3600.0)
    else:
        house.deny(StartRunner, 3600.0)
    house.lose_runner(LOST)
    if stop:
        house.edit(stop=True)
    house.run(60.0)
    spent, tried = house.experiment.status.active_seconds, house.denials.tried[StartRunner]
    check_rest(house)
    house.run(3480.0, until_final=False)
    assert the("RunnersReady", house) == ("False", "PodRefused" if pods else "Denied")
    assert house.experiment.status.state == ("Finalizing" if stop else "Searching")
    assert house.experiment.status.active_seconds == spent
    assert house.denials.tried[StartRunner] - tried <= 3540 / 30 + 1
    house.run(3600.0)
    assert house.experiment.status.state == "Complete"
    check_end(house)


@pytest.mark.parametrize("refused", [False, True])
def test_no_trial_for_an_hour_and_then_one(refused: bool) -> None:
    house = searched_for_a_while()
    house.deny(CreateTrial, 3600.0, refused)
    house.run(120.0)
    assert not house.runners, "an idle runner leaves"
    spent, trials = house.experiment.status.active_seconds, len(house.trials)
    check_rest(house)
    house.run(3300.0, until_final=False)
    assert not house.runners
    assert the("ObjectsReady", house) == ("False", "Denied")
    assert house.experiment.status.active_seconds == spent
    house.run(3600.0)
    assert house.experiment.status.state == "Complete"
    assert len(house.trials) > trials
    assert max(trial.status.attempts for trial in house.trials.values()) == 1
    check_end(house)


def test_what_is_finished_is_published_while_no_trial_can_be_created() -> None:
    house = searched_for_a_while()
    house.deny(CreateTrial, 36_000.0)
    house.run(120.0)
    house.edit(stop=True)
    house.run(60.0)
    assert house.experiment.status.state == "Complete"
    check_end(house)


@pytest.mark.parametrize("create", [CreatePlan, CreateModel])
def test_what_was_handed_in_is_kept_until_it_can_be_stored(create: type) -> None:
    house = a_house(stop=False)
    house.deny(create, 900.0, refused=create is CreateModel)
    house.run(600.0)
    house.edit(stop=create is CreateModel)
    house.run(290.0)
    assert the("ObjectsReady", house) == ("False", "Denied")
    assert not house.runners
    house.run(7200.0)
    status = house.experiment.status
    assert (status.state, status.prepare.attempts, status.finalize.attempts) == ("Complete", 1, 1)
    check_end(house)


@pytest.mark.parametrize("create", [StartRunner, CreatePlan, CreateTrial])
def test_a_refusal_with_nothing_to_make_a_model_of_ends_it_and_every_trial_has_its_last_word(create: type) -> None:
    house = a_house()
    house.deny(create, 36_000.0)
    house.run(120.0)
    assert the("Failed", house) == ("True", "Denied")
    check_end(house)


@pytest.mark.parametrize("create", [StartRunner, CreatePlan, CreateTrial])
def test_what_cannot_be_done_now_ends_nothing(create: type) -> None:
    house = a_house()
    house.deny(create, 600.0, refused=False)
    house.run(599.0)
    assert not house.final
    house.run(7200.0)
    assert house.experiment.status.state == "Complete"
    check_end(house)
