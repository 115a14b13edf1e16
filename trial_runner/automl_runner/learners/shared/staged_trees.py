"""Boosted trees with more rounds than are used, so that a fit can compare other numbers of rounds."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.boosted_trees_model import BoostedTrees, BoostedTreesModel
from automl_model.estimators.link import from_raw_of_seen
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features, Layout


class StagedTrees:
    """A model of the first `rounds` rounds of `whole`; it is Staged, and only the used trees are written."""

    def __init__(self, whole: BoostedTreesModel, rounds: int) -> None:
        self._whole, self._rounds = whole, rounds
        self.kind = whole.kind

    @cached_property
    def _used(self) -> BoostedTreesModel:
        trees = self._rounds * len(self._whole.intercept)
        return replace(self._whole, trees=_first(self._whole.trees, trees))

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        return self._used.predict(features)

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        self._used.check(layout, classes)

    def write(self, directory: Path) -> None:
        """See Estimator."""
        self._used.write(directory)

    def trained_rounds(self) -> int:
        """See Staged."""
        return len(self._whole.trees.counts) // len(self._whole.intercept)

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """See Staged."""
        whole, stages = self._whole, []
        totals = np.zeros((len(features), len(whole.intercept))) + whole.intercept
        matrix = np.ascontiguousarray(as_matrix(features, "C"), np.float64)
        for number, scores in enumerate(whole.scores_by_round(matrix), 1):
            totals = totals + scores.T  # a new array: a stage may be a view of it
            if number in rounds:
                stages.append(from_raw_of_seen(totals, whole.classes, whole.seen))
        return np.stack(stages)


def _first(trees: BoostedTrees, count: int) -> BoostedTrees:
    nodes = int(trees.counts[:count].sum())
    own = {name: value[:nodes] for name, value in vars(trees).items() if name not in ("counts", "codes", "known")}
    return BoostedTrees(counts=trees.counts[:count], codes=trees.codes, known=trees.known, **own)
