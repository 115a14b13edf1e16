"""Adds features that formulas make of the prepared ones: a tree needs many splits for a ratio, and one for its value.

Candidates are judged on a sample of the training rows, in three steps. A quick model predicts each half of the sample
from the other; what it leaves over is to be explained. First, each formula alone: by the means of its bins, beyond
what its own columns explain. Then the best ones together with all columns in a second quick model: by their share of
its gain. Last, all that are kept: unless the first model is clearly better with them, nothing is kept.
Sources: AutoGluon's TabPrep (the kinds, and the bounds on their number); OpenFE (Zhang et al. 2023: what a model
leaves over, then its gain).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_model.generated_features import OF_GROUPS, Formula, table_name, value_of
from automl_model.views import ViewState, join_generated
from automl_runner.learners.learner import FitContext, Shape, TrainingSet, unlimited
from automl_runner.learners.shared.deadline import half_of
from automl_runner.learners.shared.parameters import columns_of
from automl_runner.learners.shared.threads import one_core
from automl_runner.views.candidates import MOST_GROUPED, MOST_NUMBERS, best_candidates, narrowed
from automl_runner.views.level_averages import level_averages
from automl_runner.views.quick_model import SAMPLE_ROWS, Sample, bounded, gain_shares, residuals, sample_of
from automl_runner.views.view import ViewNeeds

LEAST_KEPT = 20
MOST_KEPT = 100
MOST_JUDGED = 120
MOST_COLUMNS = 100
"""The columns of each kind that the quick models see, so that wide tables take no longer."""
FEWEST_ROWS = 100
MOST_CELLS = 100_000_000
"""Beyond this, the copy of the numbers would take as much memory as the fit."""


class GeneratedFeatures:
    """The view `generated_features`: at most 20 features, or half as many as there are columns."""

    def suits(self, shape: Shape) -> bool:
        """See View."""
        enough = shape.rows >= FEWEST_ROWS and shape.numeric_columns > 0 and columns_of(shape) > 1
        return enough and shape.rows * columns_of(shape) <= MOST_CELLS

    def needs(self, shape: Shape) -> ViewNeeds:
        """See View. The seconds are those of the quick models and of the candidates; measured within a factor of 2."""
        rows, numbers = min(shape.rows, SAMPLE_ROWS), min(shape.numeric_columns, MOST_NUMBERS)
        formulas = 2 * numbers * (numbers - 1) + 2 * min(shape.categorical_columns, MOST_GROUPED) * MOST_GROUPED
        added = kept_at_most(columns_of(shape))
        seconds = 0.4 + 6e-5 * rows + 4e-8 * formulas * rows + 1e-8 * shape.rows * added
        seen = replace(shape, numeric_columns=shape.numeric_columns + added)
        return ViewNeeds(seconds, seen, copied_bytes=4 * shape.rows * columns_of(seen))

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The chosen formulas with their tables, and the training rows with the features that they make."""
        import sklearn.ensemble  # noqa: F401 - only the threads of libraries that are loaded can be limited

        seconds_left = half_of(context.seconds_left)
        with one_core():
            formulas = choose(sample_of(train, context), seconds_left)
        found = [level_averages(formula, train.features, train.weights) for formula in formulas]
        arrays = {table_name(place): means for place, means in enumerate(found) if means is not None}
        state = {"formulas": [formula.state() for formula in formulas]}
        view = ViewState("generated_features", state, dict(arrays))
        return view, join_generated(view, train.features)


def kept_at_most(columns: int) -> int:
    """The largest number of features that are added to so many columns."""
    return min(MOST_KEPT, max(LEAST_KEPT, columns // 2))


def choose(sample: Sample, seconds_left: Callable[[], float] = unlimited) -> list[Formula]:
    """The formulas worth keeping, best first; none where the quick model is not clearly better with them.

    None either where the time ends before that is known.
    """
    if len(sample) < FEWEST_ROWS or not sample.outputs.any():
        return []
    narrow, numbers, categories = narrowed(sample, MOST_COLUMNS)
    if not numbers:
        return []
    left = residuals(narrow)
    formulas = best_candidates(narrow, bounded(left, left), MOST_JUDGED) if seconds_left() > 0 else []
    if not formulas or seconds_left() <= 0:
        return []
    worth = gain_shares(narrow, left, _values(formulas, narrow))
    order = np.argsort(-worth, kind="stable")[: kept_at_most(sample.features.layout.columns)]
    kept = [replace(formulas[place], worth=float(worth[place])) for place in order if worth[place] > 0]
    if not kept or seconds_left() <= 0 or not _is_better(narrow, left, kept):
        return []
    return [_with_places(formula, numbers, categories) for formula in kept]


def _with_places(formula: Formula, numbers: list[int], categories: list[int]) -> Formula:
    """The formula with the places of its columns among all columns."""
    first, second = formula.columns
    others = categories if formula.kind in OF_GROUPS else numbers
    return replace(formula, columns=(numbers[first], others[second]))


def _values(formulas: list[Formula], sample: Sample) -> NDArray[np.float32]:
    """The formulas' values in the sample, shape (rows, formulas)."""
    values = np.empty((len(sample), len(formulas)), np.float32, order="F")
    for place, formula in enumerate(formulas):
        means = level_averages(formula, sample.features, None)
        values[:, place] = value_of(formula, sample.features, means)
    return values


def _is_better(sample: Sample, left: NDArray[np.float64], kept: list[Formula]) -> bool:
    """True when the squared error of the quick model falls by more than a standard error; odd rows are bounded."""
    again = residuals(sample, _values(kept, sample))
    falls = (bounded(left, left) ** 2 - bounded(again, left) ** 2).mean(axis=1)
    return bool(falls.mean() > falls.std() / np.sqrt(len(falls)))
