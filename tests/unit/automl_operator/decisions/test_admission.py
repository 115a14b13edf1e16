"""Work that was begun is finished before other work begins."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_operator.decisions.facts.admission import affordable_learners, trial_finishes_in_time, unfinished_best_first
from automl_operator.decisions.facts.timetable import Timetable
from builders.decisions import (
    a_broker_state,
    a_context,
    a_lease,
    a_pending_result,
    a_pool,
    a_session,
    a_snapshot,
    a_suggestion,
)
from builders.experiments import a_learner, a_plan, a_plan_spec, a_trial, an_experiment, folds_of
from builders.grants import granted_folds
from simulation.harness import Simulation
from simulation.runners import RunnerScript

DONE = a_trial(0, *[0.8] * 5, state="Succeeded", learner="cheap")
GOOD = a_pending_result(a_lease(1, (0,)), *folds_of(0.9, seconds=4.0))
"""Score of the second trial's first fold, the best of all; its four other folds take 4 s each."""
LEARNERS = (a_learner("cheap", 1.0), a_learner("dear", 4.0))


def near_the_end(left: float, *, trials: tuple[Any, ...] = (), **broker: Any) -> Any:
    """An experiment of one minute with `left` seconds left to the search, a complete trial, and the given trials."""
    experiment = an_experiment(time="1m", stopping="median")
    plan = a_plan(learners=LEARNERS, finalize_seconds=5.0)
    snapshot = a_snapshot(experiment, trials=(DONE, *trials), plan=plan)
    return snapshot, a_broker_state(a_session(free=2 - len(broker.get("leases", ()))), spent=55.0 - left, **broker)


def test_slots_that_are_free_earlier_work_first() -> None:
    table = Timetable([3.0], 2)
    assert table.place(3, 2.0) == 5.0
    assert table.place(1, 1.0, after=10.0) == 11.0
    assert table.place(0, 1.0) == 0.0


def test_the_best_trial_on_the_same_folds_comes_first_and_a_trial_without_folds_last() -> None:
    trials = (a_trial(1), a_trial(2, 0.7), a_trial(3, 0.9, 0.7), a_trial(4, 0.95))
    complete = a_trial(5, 0.9, 0.8, 0.8, 0.8, 0.8, state="Succeeded")
    order = unfinished_best_first(a_context(a_snapshot(trials=(*trials, complete), plan=a_plan())))
    assert [progress.trial.spec.index for progress in order] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("left", "leases", "expected"),
    [
        pytest.param(8.0, (), True, id="two slots share the four folds"),
        pytest.param(7.9, (), False, id="too little time even so"),
        pytest.param(9.0, (a_lease(2, (0,)),), True, id="the other slot is free soon"),
        pytest.param(8.0, (a_lease(2, (0, 1)),), False, id="the other slot is not free soon enough"),
    ],
)
def test_the_rest_of_a_trial_fits(left: float, leases: tuple[Any, ...], expected: bool) -> None:
    trials = (a_trial(1, learner="dear"), a_trial(2, learner="cheap"))
    context = a_context(*near_the_end(left, trials=trials, pending_results=(GOOD,), leases=leases))
    assert trial_finishes_in_time(context, context.trials_progress[1]) is expected


@pytest.mark.parametrize(
    ("left", "broker", "expected"),
    [
        pytest.param(3.2, {}, ["cheap"], id="a whole trial on both slots"),
        pytest.param(3.1, {}, [], id="no whole trial"),
        pytest.param(16.0, {}, ["cheap", "dear"], id="a first fold that is waited for, then the rest"),
        pytest.param(12.5, {}, ["cheap"], id="waiting for the first fold takes too long"),
        pytest.param(11.6, {"pending_results": (GOOD,)}, ["cheap"], id="the promising one ends in time after it"),
        pytest.param(11.5, {"pending_results": (GOOD,)}, [], id="the promising one would not"),
        pytest.param(
            7.0, {"pending_results": (GOOD,)}, ["cheap"], id="a trial that does not end in time delays nothing"
        ),
        pytest.param(14.0, {"leases": (a_lease(1, (0,)),)}, ["cheap"], id="while its first fold is at work"),
        pytest.param(
            12.0,
            {"leases": (a_lease(1, (0, 1, 2)),)},
            ["cheap"],
            id="its rest would end too late, and only its slot is taken",
        ),
    ],
)
def test_a_trial_is_begun_only_if_begun_trials_still_end_in_time(
    left: float, broker: dict[str, Any], expected: list[str]
) -> None:
    trials = (a_trial(1, learner="dear"),) if broker else ()
    context = a_context(*near_the_end(left, trials=trials, **broker))
    assert [learner.name for learner in affordable_learners(context)] == expected


def test_the_first_trial_of_a_learner_leaves_time_for_the_best_begun_trial_only() -> None:
    other = a_pending_result(a_lease(2, (0,)), *folds_of(0.85, seconds=4.0))
    trials = (a_trial(1, learner="dear"), a_trial(2, learner="dear"))
    snapshot, broker = near_the_end(17.0, trials=trials, pending_results=(GOOD, other))
    plan = a_plan(learners=(*LEARNERS, a_learner("untried", 1.0)), finalize_seconds=5.0)
    context = a_context(replace(snapshot, plan=plan), broker)
    assert [learner.name for learner in affordable_learners(context)] == ["untried"]


def test_a_promising_trial_takes_every_free_slot_before_a_cheap_one_begins() -> None:
    waiting = (a_suggestion(2, "cheap"), a_suggestion(3, "cheap"))
    trials = (a_trial(1, learner="dear"),)
    assert granted_folds(*near_the_end(10.0, trials=trials, pending_results=(GOOD,), suggestions=waiting)) == [
        ("r0", "1", (1,)),
        ("r0", "1", (2,)),
    ]


def test_a_promising_trial_goes_on_before_a_cheap_one_begins_even_if_the_other_slot_is_busy() -> None:
    """A case from a real run: the rest would end in time on both slots, but not on one."""
    trials = (a_trial(1, learner="dear"), a_trial(2, learner="cheap"))
    broker = {"pending_results": (GOOD,), "leases": (a_lease(2, (0,)),), "suggestions": (a_suggestion(3, "cheap"),)}
    assert granted_folds(*near_the_end(9.0, trials=trials, **broker)) == [("r0", "1", (1,))]


def test_if_only_one_of_two_partial_trials_can_end_the_better_one_goes_on() -> None:
    worse = a_pending_result(a_lease(1, (0,)), *folds_of(0.85, seconds=4.0))
    better = a_pending_result(a_lease(2, (0,)), *folds_of(0.9, seconds=4.0))
    trials = (a_trial(1, learner="dear"), a_trial(2, learner="dear"))
    assert granted_folds(*near_the_end(8.0, trials=trials, pending_results=(worse, better))) == [
        ("r0", "2", (1,)),
        ("r0", "2", (2,)),
    ]


def test_a_fold_that_ends_too_late_is_not_waited_for_if_no_other_trial_can_begin() -> None:
    lease = a_lease(1, (0,))
    assert granted_folds(*near_the_end(12.5, trials=(a_trial(1, learner="dear"),), leases=(lease,))) == [
        ("r0", "1", (1,))
    ]


@st.composite
def short_runs(draw: st.DrawFn) -> Simulation:
    """A run with true predictions, cheap and costly trials, and too little time for many of them."""
    costs = {"cheap": draw(st.sampled_from([0.4, 0.9])), "dear": draw(st.floats(1.1, 6.0))}
    learners = tuple(a_learner(name, seconds) for name, seconds in costs.items())
    plan = a_plan_spec(folds=draw(st.integers(2, 5)), learners=learners, finalize_seconds=2.0)
    time = f"{draw(st.integers(20, 60))}s"
    stopping = draw(st.sampled_from(["none", "median"]))
    slots = draw(st.integers(1, 4))
    experiment = an_experiment(time=time, trials=40, parallelism=slots, stopping=stopping)
    return Simulation(experiment, RunnerScript(plan, learner_seconds=costs), (a_pool(slots=slots),), cluster=False)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(short_runs())
def test_with_true_predictions_no_trial_with_results_is_cut(harness: Simulation) -> None:
    harness.run(3600.0)
    assert harness.experiment.status.state == "Complete"
    cut = [trial for trial in harness.trials.values() if trial.status.reason == "BudgetSpent"]
    assert not [trial.metadata.name for trial in cut if trial.status.folds]
