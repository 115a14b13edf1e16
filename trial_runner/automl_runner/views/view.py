"""The interface of views that can be fitted."""

from dataclasses import dataclass
from typing import Protocol

from automl_model.features import Features
from automl_model.views import ViewState
from automl_runner.learners.learner import FitContext, Shape, TrainingSet


@dataclass(frozen=True)
class ViewNeeds:
    """The needs that a view adds to those of the learner. Seconds are those of one core."""

    seconds: float
    """The time of the view's own fit."""
    shape: Shape
    """The shape of the features that the learner sees."""
    memory_bytes: int = 0
    """The peak memory of the view's own fit, without the prepared data."""
    copied_bytes: int = 0
    """The bytes of the features that lie beside the prepared ones while the learner trains."""


class View(Protocol):
    """A recipe for what a learner sees: one file here, one function in `automl_model.views`, one registry line in each."""

    def suits(self, shape: Shape) -> bool:
        """True when it has something to offer to learners that read no text in such a training set."""
        ...

    def needs(self, shape: Shape) -> ViewNeeds:
        """Predicted needs for training sets of this shape; a formula, so it is the same everywhere."""
        ...

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The state for other rows, and the training rows as the learner sees them. Looks at `train` only.

        After half of the context's seconds it learns no more than it needs, so that the learner has the other half.
        """
        ...
