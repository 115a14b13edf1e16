"""Grants for free slots: the work, its order, and the records before it."""

from typing import Any

import pytest

from automl_api.names import ANNOTATION_HOLDER
from automl_api.resources import ExperimentStatus
from automl_api.resources.experiment_status import WorkStatus
from automl_operator.decisions.facts.costs import range_of, timeout_seconds, work_timeout_seconds
from automl_operator.decisions.facts.slots import can_run
from automl_operator.decisions.state.actions import CreateTrial, Grant, WriteExperimentStatus, WriteTrialStatus
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_lease,
    a_pending_result,
    a_pool,
    a_runner,
    a_session,
    a_snapshot,
    a_suggestion,
    decided,
    of,
)
from builders.experiments import a_learner, a_plan, a_trial, an_experiment, folds_of
from builders.grants import granted_folds


def test_prepare_is_recorded_with_its_holder_before_it_is_granted_and_only_once() -> None:
    actions = decided(a_snapshot(), a_broker_state(a_session("r0", free=2)))
    write, grant = actions
    assert isinstance(write, WriteExperimentStatus)
    assert write.status.state == "Preparing"
    assert write.status.prepare == WorkStatus(holder="r0", attempts=1)
    assert write.status.started_at is not None
    assert isinstance(grant, Grant)
    assert grant.assignment.prepare is not None
    assert grant.assignment.ends_in_seconds is None
    assert grant.assignment.timeout_seconds == 7200.0


def test_a_trial_is_created_with_its_holder_before_it_is_granted() -> None:
    broker = a_broker_state(a_session("r0"), suggestions=(a_suggestion(0),))
    create, grant = decided(a_snapshot(plan=a_plan()), broker)[:2]
    assert isinstance(create, CreateTrial)
    assert create.trial.metadata.annotations == {ANNOTATION_HOLDER: "r0"}
    assert isinstance(grant, Grant)
    assert grant.suggestion == 0
    assert grant.assignment.fit is not None
    assert grant.assignment.fit.folds == (0, 1, 2, 3, 4)
    assert grant.assignment.ends_in_seconds == pytest.approx(3600 - 5 - 10)


def test_finalize_waits_for_the_last_fit_and_is_recorded_before_it_is_granted() -> None:
    trials = (a_trial(0, *[0.9] * 5, state="Succeeded"), a_trial(1))
    experiment = an_experiment(trials=2)
    at_work = a_broker_state(a_session("r0"), leases=(a_lease(1, (0, 1, 2, 3, 4)),))
    assert not of(Grant, decided(a_snapshot(experiment, trials=trials, plan=a_plan()), at_work))

    ended = (trials[0], a_trial(1, *[0.8] * 5, state="Succeeded"))
    write, grant = decided(a_snapshot(experiment, trials=ended, plan=a_plan()), a_broker_state(a_session("r0")))
    assert isinstance(write, WriteExperimentStatus)
    assert write.status.state == "Finalizing"
    assert write.status.finalize == WorkStatus(holder="r0", attempts=1)
    assert isinstance(grant, Grant)
    assert grant.assignment.finalize is not None
    assert [c.folds for c in grant.assignment.finalize.candidates] == [(0, 1, 2, 3, 4)] * 2
    assert grant.assignment.timeout_seconds == 7200.0


def test_the_model_uses_the_trials_with_the_most_comparable_folds() -> None:
    trials = (
        a_trial(0, 0.9, 0.9, state="Stopped"),
        a_trial(1, 0.8, state="Stopped"),
        a_trial(2, 0.7, 0.7, state="Stopped"),
        a_trial(3, 0.7, 0.7, state="Infeasible"),
    )
    snapshot = a_snapshot(an_experiment(stop=True), trials=trials, plan=a_plan())
    grant = of(Grant, decided(snapshot, a_broker_state(a_session())))[0]
    made_of = [(c.trial.rsplit("-", 1)[1], c.folds) for c in grant.assignment.finalize.candidates]
    assert made_of == [("0", (0, 1)), ("2", (0, 1))]


def test_remaining_folds_of_a_trial_go_before_new_trials() -> None:
    trials = (a_trial(0, 0.9, state="Paused"),)
    snapshot = a_snapshot(trials=trials, plan=a_plan())
    broker = a_broker_state(a_session("r0", free=2), suggestions=(a_suggestion(1), a_suggestion(2)))
    assert granted_folds(snapshot, broker) == [("r0", "0", (1, 2, 3, 4)), ("r0", "1", (0, 1, 2, 3, 4))]


def test_the_first_trial_of_a_learner_goes_before_remaining_folds() -> None:
    trials = (a_trial(0, 0.9, state="Paused"),)
    snapshot = a_snapshot(trials=trials, plan=a_plan(learners=(a_learner("linear"), a_learner("forest"))))
    waiting = (a_suggestion(1), a_suggestion(2, "forest"))
    broker = a_broker_state(a_session("r0", free=2), suggestions=waiting)
    assert granted_folds(snapshot, broker) == [("r0", "2", (0, 1, 2, 3, 4)), ("r0", "0", (1, 2, 3, 4))]


def test_leases_never_exceed_parallelism() -> None:
    broker = a_broker_state(
        a_session(free=8, slots=8), leases=(a_lease(0),), suggestions=tuple(map(a_suggestion, range(1, 9)))
    )
    snapshot = a_snapshot(an_experiment(parallelism=3), trials=(a_trial(0),), plan=a_plan(folds=1))
    assert len(granted_folds(snapshot, broker)) == 2


def test_runners_that_were_not_heard_since_a_restart_may_hold_slots() -> None:
    runners = (a_runner("r0"), a_runner("r1"))
    snapshot = a_snapshot(an_experiment(parallelism=3), plan=a_plan(), runners=runners)
    waiting = tuple(map(a_suggestion, range(3)))
    fresh = a_broker_state(a_session(free=3), suggestions=waiting, opened_at=NOW - 29)
    assert len(granted_folds(snapshot, fresh)) == 1
    later = a_broker_state(a_session(free=3), suggestions=waiting, opened_at=NOW - 31)
    assert len(granted_folds(snapshot, later)) == 3


@pytest.mark.parametrize(
    ("runners", "opened_ago", "expected"),
    [
        pytest.param(("r0", "other"), 29.0, False, id="its holder lives and was not heard: it may be at work"),
        pytest.param(("r0", "other"), 31.0, True, id="its holder lives and was not heard for a lease's lifetime"),
        pytest.param(("other",), 0.0, True, id="its holder is gone: free at once"),
    ],
)
def test_after_a_restart_work_is_leased_again(runners: tuple[str, ...], opened_ago: float, expected: bool) -> None:
    snapshot = a_snapshot(
        an_experiment(trials=1, parallelism=8),
        trials=(a_trial(0, holder="r0"),),
        plan=a_plan(),
        runners=tuple(map(a_runner, runners)),
    )
    broker = a_broker_state(a_session("other"), opened_at=NOW - opened_ago)
    assert bool(granted_folds(snapshot, broker)) is expected


def test_repeated_work_is_recorded_as_a_new_attempt_with_its_new_holder() -> None:
    snapshot = a_snapshot(an_experiment(trials=1), trials=(a_trial(0, 0.9, holder="lost"),), plan=a_plan())
    write, grant = decided(snapshot, a_broker_state(a_session("r0")))[:2]
    assert isinstance(write, WriteTrialStatus)
    assert (write.status.holder, write.status.attempts, write.status.state) == ("r0", 2, "Running")
    assert isinstance(grant, Grant)
    assert grant.assignment.attempt == 2
    assert grant.assignment.fit is not None
    assert grant.assignment.fit.folds == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("status", "holder_lives", "expected"),
    [
        pytest.param(WorkStatus(holder="r1", attempts=1), True, False, id="the holder lives and was not heard yet"),
        pytest.param(WorkStatus(holder="r1", attempts=1), False, True, id="the holder is gone"),
        pytest.param(WorkStatus(holder="", attempts=1, failures=1), True, True, id="nobody holds it"),
    ],
)
def test_prepare_is_leased_again(status: WorkStatus, holder_lives: bool, expected: bool) -> None:
    runners = (a_runner("r0"), a_runner("r1")) if holder_lives else (a_runner("r0"),)
    experiment = an_experiment(ExperimentStatus(state="Preparing", prepare=status), parallelism=8)
    broker = a_broker_state(a_session("r0"), opened_at=NOW - 1)
    grants = of(Grant, decided(a_snapshot(experiment, runners=runners), broker))
    assert [grant.assignment.attempt for grant in grants] == ([2] if expected else [])


@pytest.mark.parametrize(
    ("seconds", "left", "spread", "expected"),
    [
        pytest.param(0.1, 3600.0, {}, (0, 1, 2, 3, 4), id="cheap folds go together"),
        pytest.param(2.0, 3600.0, {}, (0, 1), id="about five seconds of work"),
        pytest.param(60.0, 3600.0, {}, (0,), id="at least one fold"),
        pytest.param(1.0, 60.0, {}, (0, 1, 2), id="a twentieth of the time that is left"),
        pytest.param(1.0, 0.0, {}, (0,), id="no time left"),
        pytest.param(2.0, 3600.0, {"alone": True}, (0,), id="the first fold alone"),
        pytest.param(0.1, 3600.0, {"shares": 2}, (0, 1, 2), id="shared by two idle slots"),
    ],
)
def test_a_range_of_folds_is_sized_by_its_seconds(
    seconds: float, left: float, spread: dict[str, Any], expected: tuple[int, ...]
) -> None:
    assert range_of(range(5), seconds, left=left, **spread) == expected


def test_a_costly_first_fold_is_granted_alone_if_the_trial_can_be_judged_by_it() -> None:
    plan = a_plan(learners=(a_learner(seconds=2.0),))
    finished = a_trial(0, state="Succeeded", folds=folds_of(*[0.9] * 5, seconds=2.0), score=0.9)
    broker = a_broker_state(a_session(), suggestions=(a_suggestion(1),))
    judged = an_experiment(stopping="median")
    assert granted_folds(a_snapshot(judged, trials=(finished,), plan=plan), broker) == [("r0", "1", (0,))]
    assert granted_folds(a_snapshot(judged, plan=plan), broker) == [("r0", "1", (0, 1))], "nothing to judge it by"
    assert granted_folds(a_snapshot(trials=(finished,), plan=plan), broker) == [("r0", "1", (0, 1))], "nobody judges"


def test_the_observed_cost_of_a_learner_replaces_the_predicted_one() -> None:
    finished = a_trial(0, state="Succeeded", folds=folds_of(*[0.9] * 5, seconds=2.0), score=0.9)
    snapshot = a_snapshot(trials=(finished,), plan=a_plan(learners=(a_learner(seconds=60.0),)))
    assert granted_folds(snapshot, a_broker_state(a_session(), suggestions=(a_suggestion(1),))) == [("r0", "1", (0, 1))]


def test_idle_slots_share_the_folds_of_the_last_trial() -> None:
    snapshot = a_snapshot(an_experiment(trials=1), trials=(a_trial(0, state="Paused"),), plan=a_plan())
    assert granted_folds(snapshot, a_broker_state(a_session(free=2))) == [("r0", "0", (0, 1, 2)), ("r0", "0", (3, 4))]


def test_a_trial_that_would_not_end_in_time_is_skipped_for_a_cheaper_one() -> None:
    learners = (a_learner("linear", 1.0), a_learner("forest", 60.0))
    snapshot = a_snapshot(an_experiment(time="1m"), plan=a_plan(learners=learners))
    waiting = (a_suggestion(0, "forest"), a_suggestion(1, "linear"))
    assert granted_folds(snapshot, a_broker_state(a_session(), suggestions=waiting)) == [("r0", "1", (0, 1))]


def test_a_budget_too_short_for_one_trial_trains_the_cheapest_default_without_an_end() -> None:
    snapshot = a_snapshot(an_experiment(time="20s"), plan=a_plan(learners=(a_learner(seconds=60.0),)))
    actions = decided(snapshot, a_broker_state(a_session(free=2), suggestions=(a_suggestion(0),), spent=19.0))
    grants = of(Grant, actions)
    assert [grant.assignment.fit.folds for grant in grants] == [(0, 1, 2), (3, 4)]
    assert {grant.assignment.ends_in_seconds for grant in grants} == {None}


@pytest.mark.parametrize(
    ("announced", "expected"),
    [
        pytest.param({"learners": ("linear",)}, True, id="it has the library"),
        pytest.param({"learners": ("other",)}, False, id="it lacks the library"),
        pytest.param({"memory_bytes": 15}, False, id="too little memory beside its other work"),
        pytest.param({"memory_bytes": 20}, True, id="memory for both"),
    ],
)
def test_a_runner_gets_only_work_that_it_can_run(announced: dict[str, Any], expected: bool) -> None:
    learner = a_learner().replace(needs=a_learner().needs.replace(memory_bytes=10))
    session = a_session(**announced)
    context = a_context(
        a_snapshot(trials=(a_trial(0),), plan=a_plan(learners=(learner,))),
        a_broker_state(session, leases=(a_lease(0),)),
    )
    assert can_run(context, session, a_suggestion(1).configuration) is expected


def test_a_trial_that_ran_out_of_memory_goes_to_the_largest_pool() -> None:
    pools = (a_pool(memory_bytes=1), a_pool("large", memory_bytes=2))
    runners = (a_runner("small"), a_runner("big", pool="large"))
    trial = a_trial(0, state="Paused", resource_failures=1, attempts=2)
    snapshot = a_snapshot(an_experiment(trials=1), trials=(trial,), plan=a_plan(), pools=pools, runners=runners)
    assert granted_folds(snapshot, a_broker_state(a_session("small"))) == []
    assert [
        runner for runner, _, _ in granted_folds(snapshot, a_broker_state(a_session("small"), a_session("big")))
    ] == ["big"]


def test_a_slot_that_handed_in_a_first_fold_goes_on_with_the_same_trial() -> None:
    lease = a_lease(0, (0,))
    broker = a_broker_state(
        a_session(), pending_results=(a_pending_result(lease, *folds_of(0.9)),), suggestions=(a_suggestion(1),)
    )
    snapshot = a_snapshot(trials=(a_trial(0),), plan=a_plan())
    assert granted_folds(snapshot, broker) == [("r0", "0", (1, 2, 3, 4))]
    assert not of(WriteTrialStatus, decided(snapshot, broker)), "the trial goes on: nothing is written"


@pytest.mark.parametrize(
    ("predicted", "last_resort", "expected"),
    [
        pytest.param(1.0, False, 60.0, id="a short fit: a minute, for predictions are rough"),
        pytest.param(20.0, False, 200.0, id="a long fit: ten times what was predicted"),
        pytest.param(1.0, True, 600.0, id="a fit that the model depends on: ten times as long"),
    ],
)
def test_a_fit_that_hangs_is_ended(predicted: float, last_resort: bool, expected: float) -> None:
    assert timeout_seconds(predicted, last_resort=last_resort) == expected


@pytest.mark.parametrize(("budget", "expected"), [(60.0, 600.0), (3600.0, 7200.0)])
def test_prepare_and_finalize_may_take_twice_the_budget_and_ten_minutes_at_least(
    budget: float, expected: float
) -> None:
    assert work_timeout_seconds(budget) == expected


@pytest.mark.parametrize(
    ("spent", "ends_in", "timeout"),
    [
        pytest.param(10.0, 3585.0, 80.0, id="ten times what was predicted for a fold"),
        pytest.param(3600.0, None, 4000.0, id="the last resort has no end, but a timeout"),
    ],
)
def test_every_fit_has_a_timeout(spent: float, ends_in: float | None, timeout: float) -> None:
    snapshot = a_snapshot(plan=a_plan(learners=(a_learner(seconds=8.0),)))
    broker = a_broker_state(a_session(free=1), spent=spent, suggestions=(a_suggestion(0),))
    (grant,) = of(Grant, decided(snapshot, broker))
    assert grant.assignment.ends_in_seconds == ends_in
    assert grant.assignment.timeout_seconds == timeout
