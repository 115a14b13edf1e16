"""Grants of fits, in short."""

from automl_operator.decisions.state.actions import Grant
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Snapshot
from builders.decisions import NOW, decided, of


def granted_folds(snapshot: Snapshot, broker: BrokerState, now: float = NOW) -> list[tuple[str, str, tuple[int, ...]]]:
    """Each granted fit as (runner, index of the trial, folds)."""
    return [
        (g.runner, g.assignment.fit.trial.rsplit("-", 1)[1], g.assignment.fit.folds)
        for g in of(Grant, decided(snapshot, broker, now))
        if g.assignment.fit
    ]
