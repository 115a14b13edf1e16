"""Decisions take a snapshot and return actions. They are pure: no clock, no socket, no randomness."""

from automl_operator.decisions.decide import decide
from automl_operator.decisions.lifecycle.progress import ExperimentProgress, progress

__all__ = ["ExperimentProgress", "decide", "progress"]
