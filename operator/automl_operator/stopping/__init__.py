"""Early stopping: takes score curves, returns verdicts with reasons. It is pure."""

from automl_operator.stopping.median import MedianStopper
from automl_operator.stopping.never import NeverStopper
from automl_operator.stopping.stopper import Curve, Stopper, StopVerdict

__all__ = ["Curve", "StopVerdict", "Stopper", "stopper"]

STOPPERS: dict[str, Stopper] = {"none": NeverStopper(), "median": MedianStopper(), "auto": MedianStopper()}
"""The stoppers by the name that an experiment gives. `auto` is the recommended one."""


def stopper(algorithm: str) -> Stopper:
    """The stopper of that name. Raises ValueError for an unknown name."""
    if algorithm not in STOPPERS:
        raise ValueError(f'no early stopping "{algorithm}"; use one of {", ".join(sorted(STOPPERS))}')
    return STOPPERS[algorithm]
