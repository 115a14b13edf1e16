"""The interface of views that can be fitted."""

from dataclasses import dataclass
from typing import Protocol

from automl_model.features import Features
from automl_model.views import ViewState
from automl_runner.learners.learner import FitContext, Shape, TrainingSet


@dataclass(frozen=True)
class ViewNeeds:
    """What a view adds to a fit: the seconds and the memory of its own fit on one core, without the prepared data, and
    the shape that the learner sees.
    """

    seconds: float
    shape: Shape
    memory_bytes: int = 0
    copied_bytes: int = 0
    """The bytes of the features that lie beside the prepared ones while the learner trains."""


class View(Protocol):
    """A recipe for features: one file here, one function in `automl_model.views`, one registry line in each."""

    def suits(self, shape: Shape) -> bool:
        """True when it has features for learners that read no text in such a training set."""
        ...

    def needs(self, shape: Shape) -> ViewNeeds:
        """Predicted needs for training sets of this shape; a formula, so it is the same everywhere."""
        ...

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The state for other rows, and the training rows as the learner sees them. Looks at `train` only."""
        ...
