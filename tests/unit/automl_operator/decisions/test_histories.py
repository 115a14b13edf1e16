"""Whatever happens to an experiment, it comes to its end, and what must stay true stays true (checked at every step)."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.histories import Event, histories, houses, live
from simulation.house import House
from simulation.invariants import check_end, check_rest

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@EXAMPLES
@given(histories())
def test_every_history_comes_to_its_end(history: tuple[House, list[Event]]) -> None:
    house, events = history
    live(house, events)
    assert house.final, house.experiment.status
    check_end(house)


@EXAMPLES
@given(houses(failing=False))
def test_undisturbed_nothing_is_trained_twice_and_a_model_is_published(house: House) -> None:
    house.run(3600.0)
    assert house.experiment.status.state == "Complete", house.experiment.status.conditions
    assert set(house.trained.values()) == {1}
    assert any(trial.status.folds for trial in house.trials.values())
    check_end(house)


@EXAMPLES
@given(houses(failing=False), st.floats(0, 40))
def test_after_a_restart_of_the_operator_runners_are_adopted_and_no_fold_is_trained_twice(
    house: House, after: float
) -> None:
    house.cluster = True
    house.run(after)
    house.restart()
    house.run(3600.0)
    assert house.experiment.status.state == "Complete"
    assert set(house.trained.values()) == {1}


@EXAMPLES
@given(houses(failing=False), st.floats(0, 60))
def test_suspended_an_experiment_is_at_rest_and_goes_on_later(house: House, after: float) -> None:
    house.run(after)
    house.edit(suspend=True)
    if not house.final:
        assert not house.runners
        folds = sum(len(trial.status.folds) for trial in house.trials.values())
        check_rest(house)
        assert folds == sum(len(trial.status.folds) for trial in house.trials.values())
    house.edit(suspend=False)
    house.run(3600.0)
    assert house.experiment.status.state == "Complete"
    assert set(house.trained.values()) <= {1, 2}
    check_end(house)
