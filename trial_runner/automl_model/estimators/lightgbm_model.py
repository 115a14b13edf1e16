"""A LightGBM model in its native text format, applied by LightGBM on the caller's thread."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_facts, write_facts
from automl_model.checked import require, whole_number
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.lightgbm_text import TextFacts, bare_text, check_text, shortened
from automl_model.estimators.link import from_raw
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features, Layout
from automl_model.files import read_bytes, write_bytes

_MODEL = "model.txt"
_MANY_ROWS = 1000
_TREES_A_CALL = 16
"""The fastest number for trees of 15 to 127 leaves, measured with 5 to 50 columns."""


@dataclass(frozen=True)
class LightGBMModel:
    """booster: LightGBM's own, read from `text`. rounds: the number of its first rounds that are used and written.

    classes: 1 for regression.
    """

    text: str = field(repr=False)
    facts: TextFacts
    booster: Any = field(repr=False, compare=False)
    classes: int
    rounds: int
    kind: str = "lightgbm"

    @classmethod
    def from_text(cls, text: str, classes: int, rounds: int) -> Self:
        """The model that LightGBM wrote, which may have fewer rounds if no split was left. Raises ValueError for an
        unknown format.
        """
        bare = bare_text(text)
        return cls.from_bare(bare, classes, min(rounds, check_text(bare).rounds))

    @classmethod
    def from_bare(cls, text: str, classes: int, rounds: int) -> Self:
        """The model of a bare text. Raises ValueError for a text that was not written here."""
        import lightgbm

        facts = check_text(text)
        require(
            facts.outputs == (classes if classes > 2 else 1), f"the LightGBM model does not predict {classes} classes"
        )
        require(1 <= rounds <= facts.rounds, f"the LightGBM model does not have {rounds} rounds")
        try:
            return cls(text, facts, lightgbm.Booster(model_str=text), classes, rounds)
        except lightgbm.basic.LightGBMError as refused:
            raise ValueError(f"LightGBM refuses its model: {refused}") from refused

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(self.facts.columns == layout.columns, f"the LightGBM model reads {self.facts.columns} columns")
        require(self.classes == classes, f"the LightGBM model predicts {self.classes} classes")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        return from_raw(self._raw(as_matrix(features, "C"), 0, self.rounds), self.classes)

    def trained_rounds(self) -> int:
        """See Staged."""
        return self.facts.rounds

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """See Staged; each stage continues from the raw scores of the one before."""
        matrix, totals = as_matrix(features, "C"), np.zeros((len(features), self.facts.outputs))
        begun, stages = 0, []
        for end in rounds:
            totals = totals + self._raw(matrix, begun, end)
            stages.append(from_raw(totals, self.classes))
            begun = end
        return np.stack(stages)

    def _raw(self, matrix: NDArray[np.float32], begin: int, end: int) -> NDArray[np.float64]:
        """The raw scores of some rounds, shape (rows, outputs).

        LightGBM sends each row through all trees before the next row. With many rows, each call has only a few trees,
        which stay in the processor's cache. This is up to 40 % faster. Only the order of the sum differs.
        """
        step = end - begin
        if len(matrix) >= _MANY_ROWS:
            trees = max(_TREES_A_CALL, self.facts.columns // 2)  # each call reads every column once more
            step = max(1, trees // self.facts.outputs)
        raw = np.zeros((len(matrix), self.facts.outputs))
        for first in range(begin, end, step):
            raw += self._raw_at_once(matrix, first, min(step, end - first))
        return raw

    def _raw_at_once(self, matrix: NDArray[np.float32], begin: int, rounds: int) -> NDArray[np.float64]:
        raw = self.booster.predict(matrix, raw_score=True, start_iteration=begin, num_iteration=rounds, num_threads=1)
        return np.asarray(raw).reshape(len(matrix), self.facts.outputs)

    def write(self, directory: Path) -> None:
        """See Estimator."""
        used = shortened(self.text, self.rounds * self.facts.outputs)
        write_bytes(directory / _MODEL, used.encode())
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "rounds": self.rounds})


def read(directory: Path) -> LightGBMModel:
    """Read a model that `write` wrote. Raises ValueError for a text that this version cannot read."""
    facts = read_facts(directory / FACTS)
    classes, rounds = whole_number(facts, "classes", 1, MOST_CLASSES), whole_number(facts, "rounds", 1, 10**6)
    return LightGBMModel.from_bare(read_bytes(directory / _MODEL).decode("ascii"), classes, rounds)
