"""A LightGBM model in its native text format, with the number of rounds to predict with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_facts, write_facts
from automl_model.estimators.branches import add_trees
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.lightgbm_text import read_trees
from automl_model.estimators.link import from_raw
from automl_model.estimators.matrix import as_matrix
from automl_model.estimators.trees import Trees
from automl_model.features import Features
from automl_model.files import write_bytes

_MODEL = "model.txt"


@dataclass(frozen=True)
class LightGBMModel:
    """text: all trained rounds, as LightGBM writes them; `rounds` are used. classes: 1 for regression."""

    text: str
    trees: Trees
    classes: int
    rounds: int
    kind: str = "lightgbm"

    @classmethod
    def from_text(cls, text: str, classes: int, rounds: int) -> Self:
        """Raises ValueError for a text that this version cannot read."""
        return cls(text, read_trees(text), classes, rounds)

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        prediction: NDArray[np.float64] = self.predict_at(features, (self.rounds,))[0]
        return prediction

    def trained_rounds(self) -> int:
        """See Staged."""
        return len(self.trees) // self._outputs

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """See Staged; each stage goes on from the raw scores of the one before."""
        matrix, totals = as_matrix(features), np.zeros((len(features), self._outputs))
        begun, stages = 0, []
        for count in rounds:
            end = min(count * self._outputs, len(self.trees))
            add_trees(self.trees, matrix, range(begun, end), totals)
            stages.append(from_raw(totals, self.classes).copy())
            begun = end
        return np.stack(stages)

    @property
    def _outputs(self) -> int:
        return self.classes if self.classes > 2 else 1

    def write(self, directory: Path) -> None:
        """See Estimator."""
        write_bytes(directory / _MODEL, self.text.encode())
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "rounds": self.rounds})


def read(directory: Path) -> LightGBMModel:
    """Read a written model. Raises ValueError for a text that this version cannot read."""
    facts = read_facts(directory / FACTS)
    text = (directory / _MODEL).read_text(encoding="utf-8")
    return LightGBMModel.from_text(text, int(facts["classes"]), int(facts["rounds"]))
