"""What a fitted model can do, whatever library made it."""

from pathlib import Path
from typing import Protocol

import numpy as np
from automl_model.features import Features
from numpy.typing import NDArray


class Estimator(Protocol):
    """A fitted model. Each kind is a file here: it writes itself to a directory and is read back by its kind."""

    kind: str

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Probabilities, shape (rows, classes), rows summing to 1; for regression values, shape (rows,)."""
        ...

    def write(self, directory: Path) -> None:
        """Write all that `estimators.read_estimator(directory)` needs into an existing, empty directory."""
        ...
