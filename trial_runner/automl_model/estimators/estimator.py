"""What a fitted model can do, whatever library made it."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features, Layout

FACTS = "estimator.json"
"""The file that says which kind an estimator is of."""
MOST_CLASSES = 100_000


class Estimator(Protocol):
    """A fitted model. Each kind has a module here, called after it, whose `read(directory)` gives back what it wrote."""

    @property
    def kind(self) -> str:
        """Which kind it is of: what its facts file says."""
        ...

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Probabilities, shape (rows, classes), rows summing to 1; for regression values, shape (rows,)."""
        ...

    def check(self, layout: Layout, classes: int) -> None:
        """Raise ValueError unless it can predict for features of this layout; `classes` is 1 for regression."""
        ...

    def write(self, directory: Path) -> None:
        """Write all that `estimators.read_estimator(directory)` needs into an existing, empty directory."""
        ...


@runtime_checkable
class Staged(Protocol):
    """An estimator whose rounds were chosen on validation rows, and which can tell what fewer or more would predict."""

    def trained_rounds(self) -> int:
        """How many rounds there are to choose from."""
        ...

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """What `predict` would say with the first rounds only, for ascending numbers: shape (numbers, rows, ...)."""
        ...
