"""A LightGBM booster in its native text format, with the number of rounds to predict with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_facts, write_facts
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.matrix import blocks
from automl_model.features import Features
from automl_model.files import write_bytes

_MODEL = "model.txt"


@dataclass(frozen=True)
class LightGBMModel:
    """A booster with all trained rounds; `rounds` are used. classes: 1 for regression."""

    booster: Any
    classes: int
    rounds: int
    kind: str = "lightgbm"

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        width = () if self.classes <= 2 else (self.classes,)
        raw = np.empty((len(features), *width))
        for part, matrix in blocks(features):
            raw[part] = self.booster.predict(matrix, num_iteration=self.rounds)
        return np.column_stack([1.0 - raw, raw]) if self.classes == 2 else raw

    def trained_rounds(self) -> int:
        """See Staged."""
        return int(self.booster.current_iteration())

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """See Staged; each stage adds its own rounds to the raw scores of the one before."""
        staged = np.zeros((len(rounds), len(features), *(() if self.classes <= 2 else (self.classes,))))
        for part, matrix in blocks(features):
            begun = 0
            for stage, count in enumerate(rounds):
                more = self.booster.predict(matrix, start_iteration=begun, num_iteration=count - begun, raw_score=True)
                staged[stage, part] = more if stage == 0 else staged[stage - 1, part] + more
                begun = count
        return np.stack([_from_raw(raw, self.classes) for raw in staged])

    def write(self, directory: Path) -> None:
        """See Estimator."""
        write_bytes(directory / _MODEL, self.booster.model_to_string(num_iteration=-1).encode())
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "rounds": self.rounds})


def _from_raw(raw: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """What the objectives that the learner uses make of raw scores: nothing, the logistic function, or softmax."""
    if classes == 1:
        return raw
    if classes == 2:
        positive = 1.0 / (1.0 + np.exp(-raw))
        return np.column_stack([1.0 - positive, positive])
    exponential = np.exp(raw - raw.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities


def read(directory: Path) -> LightGBMModel:
    """Read a written model."""
    facts = read_facts(directory / FACTS)
    booster = lightgbm.Booster(model_str=(directory / _MODEL).read_text(encoding="utf-8"))
    return LightGBMModel(booster, int(facts["classes"]), int(facts["rounds"]))
