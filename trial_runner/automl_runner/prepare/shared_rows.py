"""Chooses the rows that two folds leave out, so that the gain of averaging their models can be measured.

See `automl_runner.ensemble.averaging_gain`. The folds are paired. Of each fold one row in twenty is not trained on by
the other fold of its pair either, which costs each model 0.7 % of its rows with eight folds, and 1.3 % with five.
"""

import numpy as np
from numpy.typing import NDArray

from automl_runner.prepare.folds import Rows
from automl_runner.prepared import HOLDOUT, FoldAssignment

EVERY = 20
LEAST_ROWS = 2_000
"""The fewest rows of which enough are shared to measure anything."""
LEAST_FOLDS = 5
"""With fewer folds, their models are not published, and nothing is averaged. The same is true with a holdout."""
LEAST_OF_CLASS = 2 * EVERY
"""A class with fewer rows shares none, so that every fold is trained on some."""


def share_rows(
    rows: Rows, assignment: FoldAssignment, count: int, generator: np.random.Generator
) -> NDArray[np.bool_] | None:
    """True for the shared rows, stratified by the target; None where they would be of no use."""
    if rows.kind(count) != "kfold" or len(rows) < LEAST_ROWS or count < LEAST_FOLDS or (assignment == HOLDOUT).any():
        return None
    shared = np.zeros(len(rows), np.bool_)
    for fold in range(count // 2 * 2):
        own = np.flatnonzero(assignment == fold)
        order = own[np.lexsort((generator.random(len(own)), rows.strata[own]))]
        shared[order[generator.integers(EVERY) :: EVERY]] = True
    if rows.classification:
        _, codes, counts = np.unique(rows.strata, return_inverse=True, return_counts=True)
        shared &= counts[codes] >= LEAST_OF_CLASS
    return shared
