"""The formulas that may become features, and a first, cheap choice among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_model.generated_features import OF_GROUPS, Formula, value_of
from automl_runner.views.level_averages import level_averages
from automl_runner.views.quick_model import Sample

MOST_NUMBERS = 32
"""The numeric columns that are combined with each other; they make at most 2,000 formulas."""
MOST_GROUPED = 10
"""The numeric columns, and the categorical ones, that are combined into groups."""
_BINS = 32
_EDGE_ROWS = 4000
_SMOOTHING = 10.0
_FEWEST_BINS = 5
_ALIKE = 0.99


@dataclass(frozen=True)
class Bins:
    """The bin of each row, from 0 to below `count`."""

    of_rows: NDArray[np.integer]
    count: int


def narrowed(sample: Sample, most: int) -> tuple[Sample, list[int], list[int]]:
    """The sample with the numeric and the categorical columns that explain most of the outputs, and their places."""
    numbers, categories = (sorted(_by_worth(own, sample)[:most]) for own in _bins(sample.features))
    features = sample.features
    kept = Features(
        features.numeric[:, numbers],
        features.codes[:, categories],
        tuple(features.numeric_names[place] for place in numbers),
        tuple(features.code_names[place] for place in categories),
        tuple(features.cardinalities[place] for place in categories),
    )
    return replace(sample, features=kept), numbers, categories


def best_candidates(sample: Sample, left: NDArray[np.float64], most: int) -> list[Formula]:
    """The formulas that explain most of `left` beyond their columns, best first, none much like a better one."""
    features = sample.features
    numbers, categories = _bins(features)
    known = [[max(0.0, explained(bins, left, sample)) for bins in own] for own in (numbers, categories)]
    found = []
    for formula in _formulas(features, _by_worth(numbers, sample), _by_worth(categories, sample)):
        bins = binned(value_of(formula, features, level_averages(formula, features, None)))
        first, second = formula.columns
        beyond = max(known[0][first], known[formula.kind in OF_GROUPS][second])
        found.append((explained(bins, left, sample) - beyond, formula, bins.of_rows.astype(np.uint8)))
    found.sort(key=lambda one: -one[0])
    return _distinct([(formula, bins) for _, formula, bins in found], most)


def _bins(features: Features) -> tuple[list[Bins], list[Bins]]:
    """The bins of the numeric columns, and those of the categorical ones: their codes."""
    sizes = zip(features.codes.T, features.cardinalities, strict=True)
    return [binned(column) for column in features.numeric.T], [Bins(codes, size) for codes, size in sizes]


def binned(values: NDArray[np.float32]) -> Bins:
    """The values in at most 32 bins between quantiles of some rows; bin 0 holds missing and infinite ones."""
    there = np.isfinite(values)
    if not there.any():
        return Bins(np.zeros(len(values), np.int64), 1)
    ordered = np.sort(values[there][:: 1 + len(values) // _EDGE_ROWS])
    edges = np.unique(ordered[np.linspace(0, len(ordered) - 1, _BINS + 1)[1:-1].astype(np.int64)])
    return Bins(np.where(there, np.searchsorted(edges, values, side="right") + 1, 0), len(edges) + 2)


def explained(bins: Bins, left: NDArray[np.float64], sample: Sample) -> float:
    """The share of `left`'s variance that the smoothed means of bins explain, each half from the other's means."""
    places, shape = bins.of_rows + bins.count * sample.half, (2, bins.count)
    counts = np.bincount(places, minlength=2 * bins.count).reshape(shape)
    gain = 0.0
    for output in left.T:
        sums = np.bincount(places, output, minlength=2 * bins.count).reshape(shape)
        means = sums / (counts + _SMOOTHING)
        gain += float((means * (2 * sums[::-1] - counts[::-1] * means)).sum())
    return gain / max(float((left**2).sum()), 1e-12)


def _by_worth(columns: Sequence[Bins], sample: Sample) -> list[int]:
    """The columns with enough different values, those first that explain most of the outputs alone."""
    worth = {
        place: explained(bins, sample.outputs, sample)
        for place, bins in enumerate(columns)
        if len(np.unique(bins.of_rows)) > 1
    }
    return sorted(worth, key=lambda place: -worth[place])


def _formulas(features: Features, numbers: list[int], categories: list[int]) -> Iterator[Formula]:
    """Every formula of the best columns. `numbers`, `categories`: places, best first."""
    named = features.numeric_names
    for first, second in combinations(sorted(numbers[:MOST_NUMBERS]), 2):
        pair = (first, second)
        yield Formula("sum", pair, f"{named[first]} + {named[second]}")
        yield Formula("difference", pair, f"{named[first]} - {named[second]}")
        yield Formula("product", pair, f"{named[first]} * {named[second]}")
        above, below = _divisible(features, *pair)
        yield Formula("quotient", (above, below), f"{named[above]} / {named[below]}")
    for category in categories[:MOST_GROUPED]:
        for number in numbers[:MOST_GROUPED]:
            mean = f"mean({named[number]} by {features.code_names[category]})"
            yield Formula("difference_from_mean", (number, category), f"{named[number]} - {mean}")
            yield Formula("quotient_by_mean", (number, category), f"{named[number]} / {mean}")


def _divisible(features: Features, first: int, second: int) -> tuple[int, int]:
    """The two columns with the one last that is zero more rarely."""
    zeros = [int((features.numeric[:, column] == 0).sum()) for column in (first, second)]
    return (second, first) if zeros[1] > zeros[0] else (first, second)


def _distinct(ordered: list[tuple[Formula, NDArray[np.uint8]]], most: int) -> list[Formula]:
    """The first formulas, without those whose bins have nearly the order of an earlier one's."""
    kept: list[Formula] = []
    shapes = np.empty((most, len(ordered[0][1]) if ordered else 0), np.float32)
    for formula, bins in ordered:
        shape = bins - bins.mean(dtype=np.float32)
        length = float(np.sqrt(shape @ shape))
        if length > 0 and not (np.abs(shapes[: len(kept)] @ shape) > _ALIKE * length).any():
            shapes[len(kept)] = shape / length
            kept.append(formula)
        if len(kept) == most:
            break
    return kept
