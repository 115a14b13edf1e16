"""Draws the sample that trials are trained on where the budget cannot pay for most learners on all rows.

The search then compares many configurations on fewer rows, and the best ones are trained on all rows at its end, or on
as many as time allows. Where most learners can be trained on all rows, a sample loses more than it gains (decision 0018).
"""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np

from automl_runner.prepare.folds import Rows, draw
from automl_runner.prepare.notes import note
from automl_runner.prepared import SPARE, TRAINS, DataNote, FoldAssignment

_LEAST_ROWS = 50_000
_LEAST_OF_CLASS = 1_000
"""The rarer of two classes has this many rows in a sample. Where it has fewer in all, no sample is drawn."""
_LONGEST = 1 / 2
"""All rows are used where half of the learners' defaults take at most this share of the budget's time on them."""
_ALL_DEFAULTS = 1 / 4
"""The share of the budget's core seconds that the defaults of all learners may take on a sample."""


def sample_rows(
    defaults: Callable[[int], Sequence[float]], budget: float, slots: int, rows: Rows, training: int
) -> int:
    """The number of rows to train trials on: all `training` rows, or a half, a third, and so on, as the budget allows.

    defaults: the seconds of each learner's default on so many rows; budget: the seconds of the experiment.
    """
    seconds = defaults(training)
    if 2 * sum(own <= _LONGEST * budget for own in seconds) >= len(seconds):
        return training
    least = max(_LEAST_ROWS, _least_of_classes(rows))
    sizes = (training // parts for parts in count(2))
    size = next(size for size in sizes if size <= least or sum(defaults(size)) <= _ALL_DEFAULTS * budget * slots)
    wanted = max(least, size)
    return wanted if wanted <= training // 2 else training


def _least_of_classes(rows: Rows) -> int:
    if not rows.classification:
        return 0
    counts = np.unique(rows.strata, return_counts=True)[1]
    return int(len(rows) * _LEAST_OF_CLASS // int(counts.min())) if len(counts) == 2 else 0


def leave_out_rows(
    rows: Rows, assignment: FoldAssignment, wanted: int, generator: np.random.Generator
) -> tuple[FoldAssignment, list[DataNote]]:
    """The assignment of a single split with about `wanted` rows that train, drawn evenly over the target; and a note."""
    training = np.flatnonzero(assignment == TRAINS)
    if wanted >= len(training):
        return assignment, []
    drawn = draw(rows, training, wanted, generator, of_class=1)
    sampled = np.where(assignment == TRAINS, SPARE, assignment).astype(np.int16)
    sampled[drawn] = TRAINS
    message = (
        f"trials are trained on {len(drawn):,} of {len(training):,} rows, and the best ones on more at the end, if time"
        " allows; give more budget.time, or leave out slow learners"
    )
    return sampled, [note("Repaired", message)]
