"""The status of a trial after its end, whatever happened to it before."""

from typing import Any

import pytest

from automl_api.resources.trial import TrialState, TrialStatus
from automl_operator.decisions.lifecycle.experiment_state import failure
from automl_operator.decisions.state.actions import WriteTrialStatus
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.trial_transitions import give_up, last_failure, reopen, stop
from builders.decisions import a_broker_state, a_context, a_lease, a_runner, a_snapshot, decided, of
from builders.experiments import a_plan, a_trial, an_experiment, folds_of

LOST: dict[str, Any] = {
    "attempts": 2, "failure_class": "infrastructure", "reason": "RunnerGone", "message": "The runner is gone.",
}  # fmt: skip


def test_a_trial_that_is_complete_when_its_experiment_is_suspended_has_not_failed() -> None:
    """The first attempt was lost, and the second has reported every fold."""
    trial = a_trial(0, **LOST)
    folds = folds_of(*range(a_plan().spec.folds))
    lease = a_lease(0, tuple(range(len(folds))), attempt=2, finished=folds)
    snapshot = a_snapshot(an_experiment(suspend=True), trials=(trial,), plan=a_plan(), runners=(a_runner(),))
    (write,) = of(WriteTrialStatus, decided(snapshot, a_broker_state(leases=(lease,))))
    assert (write.status.state, write.status.failure_class, write.status.reason) == ("Succeeded", None, "")


def test_an_experiment_stopped_without_finished_trials_says_what_failed() -> None:
    spec = an_experiment().spec.replace(stop=True)
    snapshot = a_snapshot(
        an_experiment().replace(spec=spec), trials=(a_trial(0, state="Paused", **LOST),), plan=a_plan()
    )
    (write,) = of(WriteTrialStatus, decided(snapshot, a_broker_state()))
    assert (write.status.state, write.status.reason) == ("Stopped", "StopRequested")
    stopped = a_snapshot(snapshot.experiment, trials=(a_trial(0).replace(status=write.status),), plan=a_plan())
    verdict = failure(a_context(stopped))
    assert verdict is not None
    assert verdict.message.endswith("The last failure: RunnerGone: The runner is gone.")


@pytest.mark.parametrize("end", [stop, give_up])
def test_an_earlier_failure_is_kept_apart_from_the_reason_of_the_end(end: type) -> None:
    progress = TrialProgress(a_trial(0, state="Paused", **LOST), a_plan().spec)
    (write,) = end(progress, "NoRunner", "No runner can train it.")
    assert (write.status.failure_class, write.status.reason) == (None, "NoRunner")
    assert last_failure(write.status) == "RunnerGone: The runner is gone."


def test_a_trial_that_never_failed_has_no_last_failure() -> None:
    assert last_failure(TrialStatus(state="Stopped", reason="BudgetSpent", message="The time is spent.")) == ""


@pytest.mark.parametrize("state", ["Infeasible", "Failed"])
def test_a_reopened_trial_keeps_its_folds_and_forgets_its_failures(state: TrialState) -> None:
    failed = a_trial(0, state=state, folds=folds_of(0, 1), score=0.5, resource_failures=2, **LOST).status
    assert reopen(failed) == TrialStatus(state="Paused", folds=failed.folds, score=0.5)


@pytest.mark.parametrize("state", ["Running", "Paused", "Succeeded", "Stopped"])
def test_a_trial_that_has_not_failed_is_not_reopened(state: TrialState) -> None:
    status = a_trial(0, state=state, folds=folds_of(0)).status
    assert reopen(status) is status
