"""Early stopping: hopeless trials are stopped, and those that repeat another in vain."""

import pytest

from automl_api.resources import FoldResult, Trial
from automl_operator.decisions.state.actions import Cancel, WriteTrialStatus
from builders.decisions import a_broker_state, a_lease, a_pending_result, a_session, a_snapshot, decided, of
from builders.experiments import a_plan, a_trial, an_experiment, folds_of

GOOD = [0.9] * 5


def test_a_hopeless_trial_is_stopped_and_its_work_ended() -> None:
    trials = tuple(a_trial(index, *GOOD, state="Succeeded") for index in range(5))
    lease = a_lease(5, (2,))
    pending = a_pending_result(a_lease(5, (0, 1)), *folds_of(0.5, 0.5))
    snapshot = a_snapshot(an_experiment(stopping="median"), trials=(*trials, a_trial(5)), plan=a_plan())
    actions = decided(snapshot, a_broker_state(a_session(), leases=(lease,), pending_results=(pending,)))
    (write,) = of(WriteTrialStatus, actions)
    assert (write.status.state, len(write.status.folds)) == ("Stopped", 2)
    assert write.status.reason
    assert write.status.message
    assert Cancel(lease.id) in actions


@pytest.mark.parametrize(
    ("scores", "stopped"),
    [((0.9,) * 3, True), ((0.9,) * 2, False), ((0.9, 0.9, 0.91), False)],
    ids=["the same in half of the folds", "too few folds to say", "another score"],
)
def test_a_trial_whose_view_changes_nothing_is_stopped(scores: tuple[float, ...], stopped: bool) -> None:
    plain = a_trial(0, *GOOD, state="Succeeded")
    assert reasons_of_stops(plain, in_another_view(), folds_of(*scores)) == ["SameAsAnother"] * stopped


@pytest.mark.parametrize(
    ("older", "empty", "stopped"),
    [
        (a_trial(0, *GOOD, state="Succeeded"), (True,), True),
        (a_trial(0, 0.9, state="Paused"), (True, True), True),
        (a_trial(0, *GOOD, state="Succeeded"), (True, False), False),
        (a_trial(0, state="Infeasible"), (True,), False),
        (a_trial(2, *GOOD, state="Succeeded"), (True,), False),
    ],
    ids=["after the first fold", "unfinished", "a fold with features", "the plain trial failed", "no plain trial"],
)
def test_a_trial_whose_view_adds_nothing_to_an_older_plain_trial_is_stopped_at_once(
    older: Trial, empty: tuple[bool, ...], stopped: bool
) -> None:
    scores = [0.7, 0.8][: len(empty)]
    pairs = zip(folds_of(*scores), empty, strict=True)
    folds = tuple(fold.replace(view_adds_nothing=nothing) for fold, nothing in pairs)
    assert reasons_of_stops(older, in_another_view(), folds) == ["SameAsAnother"] * stopped


def in_another_view() -> Trial:
    """A trial like the first one of `a_trial`, in the view `generated_features`."""
    configuration = a_trial(0).spec.configuration.replace(view="generated_features")
    trial = a_trial(1)
    return trial.replace(spec=trial.spec.replace(configuration=configuration))


def reasons_of_stops(older: Trial, trial: Trial, folds: tuple[FoldResult, ...]) -> list[str]:
    pending = a_pending_result(a_lease(1, tuple(fold.fold for fold in folds)), *folds)
    snapshot = a_snapshot(an_experiment(stopping="median"), trials=(older, trial), plan=a_plan())
    written = of(WriteTrialStatus, decided(snapshot, a_broker_state(a_session(), pending_results=(pending,))))
    return [write.status.reason for write in written if write.status.state == "Stopped"]
