"""Whatever happens to an experiment, it ends, and the invariants hold at every step."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.harness import Simulation
from simulation.histories import Event, histories, live, simulations
from simulation.invariants import check_end, check_rest

EXAMPLES = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@EXAMPLES
@given(histories())
def test_every_history_ends(history: tuple[Simulation, list[Event]]) -> None:
    harness, events = history
    live(harness, events)
    assert harness.final, harness.experiment.status
    check_end(harness)


@EXAMPLES
@given(simulations(failing=False))
def test_without_disturbance_nothing_is_trained_twice_and_a_model_is_published(harness: Simulation) -> None:
    harness.run(3600.0)
    assert harness.experiment.status.state == "Complete", harness.experiment.status.conditions
    assert set(harness.trained.values()) == {1}
    assert any(trial.status.folds for trial in harness.trials.values())
    check_end(harness)


@EXAMPLES
@given(simulations(failing=False), st.floats(0, 40))
def test_after_a_restart_of_the_operator_runners_are_adopted_and_no_fold_is_trained_twice(
    harness: Simulation, after: float
) -> None:
    harness.cluster = True
    harness.run(after)
    harness.restart()
    harness.run(3600.0)
    assert harness.experiment.status.state == "Complete"
    assert set(harness.trained.values()) == {1}


@EXAMPLES
@given(simulations(failing=False), st.floats(0, 60))
def test_a_suspended_experiment_is_at_rest_and_goes_on_later(harness: Simulation, after: float) -> None:
    harness.run(after)
    harness.edit(suspend=True)
    if not harness.final:
        assert not harness.runners
        folds = sum(len(trial.status.folds) for trial in harness.trials.values())
        check_rest(harness)
        assert folds == sum(len(trial.status.folds) for trial in harness.trials.values())
    harness.edit(suspend=False)
    harness.run(3600.0)
    assert harness.experiment.status.state == "Complete"
    assert set(harness.trained.values()) <= {1, 2}
    check_end(harness)
