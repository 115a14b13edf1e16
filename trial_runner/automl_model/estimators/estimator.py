"""The interface of fitted models, whatever library made them."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features, Layout

FACTS = "estimator.json"
"""The file that names an estimator's kind."""
MOST_CLASSES = 100_000


class Estimator(Protocol):
    """A fitted model. Each kind has a module here, named after it, whose `read(directory)` reads what `write` wrote."""

    @property
    def kind(self) -> str:
        """The kind, as the facts file names it."""
        ...

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Probabilities, shape (rows, classes), where each row sums to 1; for regression, values, shape (rows,)."""
        ...

    def check(self, layout: Layout, classes: int) -> None:
        """Raise ValueError unless the model can predict for features of this layout; `classes` is 1 for regression."""
        ...

    def write(self, directory: Path) -> None:
        """Write everything that `estimators.read_estimator(directory)` needs into an existing, empty directory."""
        ...


@runtime_checkable
class Staged(Protocol):
    """An estimator whose rounds were chosen on validation rows, and which can also predict with fewer or more."""

    def trained_rounds(self) -> int:
        """The number of rounds to choose from."""
        ...

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """The predictions with the first rounds only, for ascending numbers of rounds: shape (numbers, rows, ...)."""
        ...
