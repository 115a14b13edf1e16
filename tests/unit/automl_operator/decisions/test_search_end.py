"""The end of the search, the work that is under way then, and the suggestions that are requested before."""

from typing import Any

import pytest

from automl_api.resources import Trial
from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.facts.budget import reserve_seconds
from automl_operator.decisions.lifecycle.search_end import search_end
from automl_operator.decisions.state.actions import (
    Cancel,
    DropSuggestions,
    Grant,
    Suggest,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.broker_state import BrokerState
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_lease,
    a_pending_result,
    a_runner,
    a_session,
    a_snapshot,
    a_suggestion,
    decided,
    of,
)
from builders.experiments import a_learner, a_plan, a_trial, an_experiment, folds_of

GOOD = [0.9] * 5
POOR = [0.6] * 5
FINE = (a_trial(0, *GOOD, state="Succeeded"), a_trial(1, *POOR, state="Succeeded"))
BAD = a_trial(2, state="Infeasible", failure_class="configuration", reason="NotFinite", message="loss is nan")


@pytest.mark.parametrize(
    ("spec", "trials", "broker", "expected"),
    [
        pytest.param({}, FINE, a_broker_state(), None, id="there is more to try"),
        pytest.param({"stop": True}, FINE, a_broker_state(), "StopRequested", id="asked to stop"),
        pytest.param({"goal": 0.9}, FINE, a_broker_state(), "GoalReached", id="the goal is reached"),
        pytest.param({"goal": 0.91}, FINE, a_broker_state(), None, id="the goal is not reached"),
        pytest.param({"time": "1m"}, FINE, a_broker_state(spent=55.1), "TimeSpent", id="only finalize has time left"),
        pytest.param(
            {"time": "1m"}, FINE, a_broker_state(spent=53.0), "TimeSpent", id="no further trial would end in time"
        ),
        pytest.param({"trials": 2}, FINE, a_broker_state(), "TrialsSpent", id="as many trials as the budget allows"),
        pytest.param({"patience": 1}, FINE, a_broker_state(), "PatienceSpent", id="no better score for long"),
        pytest.param({"patience": 2}, FINE, a_broker_state(), None, id="still patient"),
        pytest.param({"patience": 1}, FINE[::-1][1:], a_broker_state(), None, id="the best is the last"),
        pytest.param(
            {"failed_trials": 1}, (*FINE, BAD), a_broker_state(), "FailedTrialsSpent", id="too many have failed"
        ),
        pytest.param({}, FINE, a_broker_state(exhausted=True), "SearchExhausted", id="the space is exhausted"),
        pytest.param(
            {},
            FINE,
            a_broker_state(exhausted=True, suggestions=(a_suggestion(2),)),
            None,
            id="a suggestion still waits",
        ),
        pytest.param({}, FINE, a_broker_state(search_failure="killed"), "SearchFailed", id="the search is broken"),
        pytest.param(
            {},
            FINE,
            a_broker_state(search_failure="killed", suggestions=(a_suggestion(2),)),
            None,
            id="one suggestion is left to try",
        ),
    ],
)
def test_the_search_is_over(
    spec: dict[str, Any], trials: tuple[Any, ...], broker: BrokerState, expected: str | None
) -> None:
    end = search_end(a_context(a_snapshot(an_experiment(**spec), trials=trials, plan=a_plan()), broker))
    assert (end.reason if end else None) == expected


TWO_LEARNERS = (a_learner("linear"), a_learner("lightgbm"))
DEFAULT = a_trial(2, *POOR, learner="lightgbm", state="Succeeded")


@pytest.mark.parametrize(
    ("learners", "trials", "expected"),
    [
        pytest.param(TWO_LEARNERS, FINE, None, id="no default of the other learner has ended"),
        pytest.param(TWO_LEARNERS, (*FINE, DEFAULT), None, id="no trial has ended since that default"),
        pytest.param(
            TWO_LEARNERS,
            (*FINE, DEFAULT, a_trial(3, *POOR, state="Stopped")),
            "PatienceSpent",
            id="a trial after all defaults was no better",
        ),
        pytest.param(
            (a_learner("linear"), a_learner("lightgbm", seconds=1e4)),
            FINE,
            "PatienceSpent",
            id="the other learner has no time for a trial",
        ),
    ],
)
def test_patience_counts_after_the_defaults_of_all_learners(
    learners: tuple[LearnerPlan, ...], trials: tuple[Trial, ...], expected: str | None
) -> None:
    plan = a_plan(learners=learners)
    end = search_end(a_context(a_snapshot(an_experiment(patience=1), trials=trials, plan=plan)))
    assert (end.reason if end else None) == expected


@pytest.mark.parametrize(
    ("time", "finalize_seconds", "expected"),
    [
        pytest.param("1h", 1.0, 5.0, id="at least five seconds"),
        pytest.param("20s", 1.0, 2.0, id="or a tenth of a short budget"),
        pytest.param("1h", 60.0, 60.0, id="as long as finalize takes"),
        pytest.param("1m", 60.0, 20.0, id="but at most a third"),
    ],
)
def test_time_is_kept_free_for_finalize(time: str, finalize_seconds: float, expected: float) -> None:
    snapshot = a_snapshot(an_experiment(time=time), plan=a_plan(finalize_seconds=finalize_seconds))
    assert reserve_seconds(a_context(snapshot)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param({"linear": 2.0}, 20.0, id="twice as slow as predicted"),
        pytest.param({"linear": 0.5}, 10.0, id="a faster machine needs no less"),
        pytest.param({"linear": 9.0}, 30.0, id="three times at most"),
        pytest.param({"linear": 2.0, "forest": 1.5}, 15.0, id="a costly configuration of one learner proves nothing"),
    ],
)
def test_the_reserve_learns_how_slow_the_machine_is(seconds: dict[str, float], expected: float) -> None:
    trials = tuple(
        a_trial(index, state="Succeeded", learner=name, folds=folds_of(*GOOD, seconds=each), score=0.9)
        for index, (name, each) in enumerate(seconds.items())
    )
    plan = a_plan(learners=(a_learner(), a_learner("forest")), finalize_seconds=10.0)
    context = a_context(a_snapshot(an_experiment(), trials=trials, plan=plan))
    assert reserve_seconds(context) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("spec", "spent", "cut"),
    [
        pytest.param({"stop": True}, 10.0, True, id="stop ends what is at work"),
        pytest.param({"goal": 0.9}, 10.0, True, id="so does the goal"),
        pytest.param({"time": "1m"}, 56.0, True, id="so does the time"),
        pytest.param({"trials": 3}, 10.0, False, id="the last trial of the budget goes on"),
        pytest.param({"patience": 1}, 10.0, False, id="so does it when patience is spent"),
    ],
)
def test_work_under_way_when_the_search_ends(spec: dict[str, Any], spent: float, cut: bool) -> None:
    lease = a_lease(2, (0, 1))
    snapshot = a_snapshot(an_experiment(**spec), trials=(*FINE, a_trial(2)), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), leases=(lease,), spent=spent))
    assert (Cancel(lease.id) in actions) is cut
    assert not of(WriteTrialStatus, actions)
    assert not any(grant.assignment.kind == "finalize" for grant in of(Grant, actions))


def test_finished_folds_of_a_cut_trial_stay_usable() -> None:
    pending = a_pending_result(a_lease(0, (0, 1, 2)), *folds_of(0.9, 0.8), outcome="cancelled")
    snapshot = a_snapshot(an_experiment(time="1m"), trials=(a_trial(0),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), pending_results=(pending,), spent=56.0))
    (write,) = of(WriteTrialStatus, actions)
    assert (write.status.state, write.status.reason) == ("Stopped", "BudgetSpent")
    (candidate,) = of(Grant, actions)[0].assignment.finalize.candidates
    assert candidate.folds == (0, 1)


def test_an_experiment_stopped_before_anything_is_finished_fails_with_a_message() -> None:
    snapshot = a_snapshot(an_experiment(stop=True), trials=(a_trial(0, state="Paused"),), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session()))
    status = of(WriteExperimentStatus, actions)[-1].status
    assert status.state == "Failed"
    assert status.trials.running == 0
    failed = next(condition for condition in status.conditions if condition.type == "Failed")
    assert failed.reason == "NothingFinished"
    assert "no model" in failed.message


def test_a_broken_search_is_not_asked_again_and_finished_trials_are_published() -> None:
    snapshot = a_snapshot(an_experiment(), trials=FINE, plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), search_failure="MemoryError"))
    assert of(Suggest, actions) == []
    assert of(Grant, actions)[0].assignment.finalize is not None
    searched = next(
        condition
        for condition in of(WriteExperimentStatus, actions)[-1].status.conditions
        if condition.type == "Searched"
    )
    assert (searched.reason, "MemoryError" in searched.message) == ("SearchFailed", True)


def test_a_broken_search_without_finished_trials_fails_the_experiment_with_its_message() -> None:
    actions = decided(
        a_snapshot(an_experiment(), plan=a_plan()), a_broker_state(a_session(), search_failure="MemoryError")
    )
    status = of(WriteExperimentStatus, actions)[-1].status
    failed = next(condition for condition in status.conditions if condition.type == "Failed")
    assert (status.state, failed.reason) == ("Failed", "SearchFailed")
    assert "MemoryError" in failed.message


def test_a_recorded_end_of_the_search_stays() -> None:
    trials = (a_trial(0, *GOOD, state="Succeeded"),)
    snapshot = a_snapshot(an_experiment(trials=1), trials=trials, plan=a_plan())
    status = of(WriteExperimentStatus, decided(snapshot, a_broker_state()))[-1].status
    assert status.state == "Finalizing"
    raised = a_snapshot(an_experiment(status, generation=2, trials=50), trials=trials, plan=a_plan())
    assert not of(Suggest, decided(raised, a_broker_state()))


def test_one_suggestion_waits_for_every_slot() -> None:
    snapshot = a_snapshot(an_experiment(parallelism=2), trials=(a_trial(0), a_trial(4)), plan=a_plan())
    busy = (a_lease(0, tuple(range(5))), a_lease(4, tuple(range(5))))
    (suggest,) = of(Suggest, decided(snapshot, a_broker_state(leases=busy, suggestions=(a_suggestion(5),))))
    assert (suggest.request.count, suggest.request.next_index) == (1, 6)
    seen = {observation.index: observation.state for observation in suggest.request.observations}
    assert seen == {0: "pending", 4: "pending", 5: "pending"}
    assert not of(Suggest, decided(snapshot, a_broker_state(leases=busy, suggesting=1)))


def test_the_search_minimises_losses_whatever_the_metric() -> None:
    (suggest,) = of(Suggest, decided(a_snapshot(trials=(*FINE, BAD), plan=a_plan()), a_broker_state()))
    seen = [(o.state, o.loss) for o in suggest.request.observations]
    assert seen == [("complete", pytest.approx(-0.9)), ("complete", pytest.approx(-0.6)), ("infeasible", None)]


@pytest.mark.parametrize(
    ("suggestion", "dropped"),
    [
        pytest.param(a_suggestion(2), False, id="something new"),
        pytest.param(a_suggestion(1), True, id="its number is taken"),
        pytest.param(a_suggestion(2).replace(configuration=FINE[0].spec.configuration), True, id="it was tried"),
        pytest.param(a_suggestion(2, "broken"), True, id="its learner was left out"),
        pytest.param(a_suggestion(2, "slow"), True, id="its learner would not end in time"),
    ],
)
def test_a_waiting_suggestion_is_dropped_when_it_will_not_be_tried(suggestion: Any, dropped: bool) -> None:
    learners = (a_learner(), a_learner("broken"), a_learner("slow", 5000.0))
    broken = a_trial(3, learner="broken", state="Failed", failure_class="program", reason="Traceback")
    snapshot = a_snapshot(trials=(*FINE, broken), plan=a_plan(learners=learners))
    actions = decided(snapshot, a_broker_state(suggestions=(suggestion,)))
    assert bool(of(DropSuggestions, actions)) is dropped
    (suggest,) = of(Suggest, actions)
    assert [learner.name for learner in suggest.request.learners] == ["linear"]


def test_work_that_a_runner_may_still_hold_after_a_restart_is_waited_for() -> None:
    snapshot = a_snapshot(
        an_experiment(stop=True), trials=(*FINE, a_trial(2)), plan=a_plan(), runners=(a_runner(), a_runner("r1"))
    )
    early = decided(snapshot, a_broker_state(a_session("r1"), opened_at=NOW - 5))
    assert not of(WriteTrialStatus, early)
    assert not of(Grant, early)
    late = decided(snapshot, a_broker_state(a_session("r1"), opened_at=NOW - 31))
    assert of(WriteTrialStatus, late)
    assert of(Grant, late)
