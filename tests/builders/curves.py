"""Curves of losses over folds, for tests of stopping."""

from automl_operator.stopping import Curve


def a_curve(trial: str, *losses: float, complete: bool = True) -> Curve:
    """A trial's losses on the folds 0, 1, ..."""
    return Curve(trial, dict(enumerate(losses)), complete)
