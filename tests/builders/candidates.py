"""Candidates of an ensemble with known predictions, without a store."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from automl_api.resources.trial import Configuration
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.store.directory import DirectoryStore


@dataclass(frozen=True)
class InMemoryCandidate(EnsembleInput):
    """A candidate whose predictions are known; `fold_of`: the fold of each row."""

    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    fold_of: np.ndarray = field(default_factory=lambda: np.empty(0))

    def stage_rounds(self, fold: int) -> tuple[int, ...]:
        return ()

    def predictions(self, fold: int) -> np.ndarray:
        return np.asarray(self.values[fold == self.fold_of])


def an_in_memory_candidate(learner: str, values: np.ndarray, fold_of: np.ndarray) -> InMemoryCandidate:
    """A candidate of a learner with these predictions."""
    configuration = Configuration(view="plain", learner=learner, parameters={})
    store = DirectoryStore(Path("/unused"))
    return InMemoryCandidate(learner, configuration, {}, store, values=values.astype(np.float32), fold_of=fold_of)
