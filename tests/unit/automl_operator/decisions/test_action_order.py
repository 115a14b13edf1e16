"""Grants come before writes that a waiting runner need not wait for."""

from automl_api.resources import ExperimentStatus, TrialStatus
from automl_operator.decisions import decide
from automl_operator.decisions.action_order import grants_first
from automl_operator.decisions.state.actions import Action, DropResult, Grant, WriteExperimentStatus, WriteTrialStatus
from builders.decisions import a_broker_state, a_session, a_snapshot, a_suggestion, of
from builders.experiments import a_plan

ENDED = WriteTrialStatus("t-0", TrialStatus(state="Succeeded"))
LEASED_ANEW = WriteTrialStatus("t-1", TrialStatus(state="Running", attempts=2))
COVERED = DropResult("fit-0")


def _grant() -> Grant:
    decision = decide(a_snapshot(plan=a_plan()), a_broker_state(a_session(free=1), suggestions=(a_suggestion(0),)), 0.0)
    grant: Grant
    (grant,) = of(Grant, decision.actions)
    return grant


def test_the_end_of_a_trial_is_written_after_the_next_work_is_handed_out() -> None:
    grant = _grant()
    assert grants_first([ENDED, COVERED, LEASED_ANEW, grant]) == (LEASED_ANEW, grant, ENDED, COVERED)


def test_a_write_that_a_grant_depends_on_stays_before_it() -> None:
    grant = _grant()
    assert grants_first([LEASED_ANEW, grant]) == (LEASED_ANEW, grant)


def test_a_status_that_counts_the_ended_trials_is_written_after_them() -> None:
    order: list[Action] = [ENDED, WriteExperimentStatus(ExperimentStatus()), _grant()]
    assert grants_first(order) == tuple(order)


def test_without_a_grant_nothing_moves() -> None:
    assert grants_first([ENDED, COVERED]) == (ENDED, COVERED)
