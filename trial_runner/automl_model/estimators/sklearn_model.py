"""A scikit-learn estimator in skops' format: only types on a committed list are ever made from a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray
from skops.io.exceptions import UntrustedTypesFoundException

from automl_model.arrays import read_facts, write_facts
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.matrix import blocks
from automl_model.features import Features
from automl_model.files import write_bytes

_MODEL = "model.skops"

# What trees hold besides the types that skops trusts by itself. `functools.partial` and `check_array` are how
# HistGradientBoosting keeps its pass-through of numeric columns; a partial's function is audited like everything else.
TRUSTED_TYPES = (
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)


@dataclass(frozen=True)
class SklearnModel:
    """A classifier or regressor on the matrix of `as_matrix`. classes: 1 for regression.

    A class that no training row had gets the probability 0.
    """

    model: Any
    classes: int
    kind: str = "sklearn"

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        if self.classes == 1:
            values = np.empty(len(features))
            for part, matrix in blocks(features):
                values[part] = self.model.predict(matrix)
            return values
        probabilities = np.zeros((len(features), self.classes))
        seen = np.asarray(self.model.classes_, np.int64)
        for part, matrix in blocks(features):
            probabilities[part, seen] = self.model.predict_proba(matrix)
        return probabilities

    def write(self, directory: Path) -> None:
        """See Estimator."""
        write_bytes(directory / _MODEL, skops.io.dumps(self.model))
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes})


def read(directory: Path) -> SklearnModel:
    """Read a written model. Raises ValueError for a file that holds any type outside of the list."""
    facts = read_facts(directory / FACTS)
    path = directory / _MODEL
    try:
        model = skops.io.loads(path.read_bytes(), trusted=list(TRUSTED_TYPES))
    except (UntrustedTypesFoundException, TypeError) as refused:
        raise ValueError(
            f"{path} is refused: it holds types that no model of this project holds ({refused})"
        ) from refused
    return SklearnModel(model, int(facts["classes"]))
