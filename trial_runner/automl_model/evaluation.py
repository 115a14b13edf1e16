"""Scores of labelled rows, some of whose labels may not be classes of the model.

A row whose label is not a class counts as wrong, whatever the model predicts. If such rows were left out, a file that
spells most labels differently from the training data would have a perfect score over the few others.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.features import FIRST_LEVEL_CODE, UNSEEN_CODE
from automl_model.scoring import labels, score

NO_CLASS = UNSEEN_CODE - FIRST_LEVEL_CODE
"""The code of a label that is present but is not a class of the model."""
_SHOWN = 3


def scores_of(
    metrics: Sequence[str],
    target: NDArray[Any],
    raw: NDArray[np.float64],
    threshold: float,
    weights: NDArray[np.float64] | None = None,
) -> dict[str, float]:
    """The scores in the metrics that are defined on these rows. `target`: values, or class codes including NO_CLASS."""
    found = {}
    for metric in metrics:
        try:
            rows, counted, outputs = scorable(metric, target, raw, threshold)
            found[metric] = score(metric, counted, outputs, None if weights is None else weights[rows], threshold)
        except ValueError:
            continue  # undefined on these rows, for example without one of the classes
    return found


def scorable(
    metric: str, target: NDArray[Any], raw: NDArray[np.float64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float64]]:
    """The rows that a metric counts, and their targets and outputs: such that rows of no class count as wrong."""
    every = np.arange(len(target))
    strange = target == NO_CLASS if raw.ndim > 1 else np.zeros(len(target), np.bool_)
    if not strange.any():
        return every, target, raw
    if metrics_that_rank([metric]):
        return every[~strange], target[~strange], raw[~strange]
    classes = raw.shape[1]
    if METRICS[metric].ordered:
        # They have no place in the order: each counts as the class that is furthest from the prediction.
        furthest = np.where(labels(raw, threshold) < classes / 2, classes - 1, 0)
        return every, np.where(strange, furthest, target), raw
    if METRICS[metric].needs == "probabilities" or classes > 2:
        # These rows get a class of their own, to which the model gives probability 0.
        return every, np.where(strange, classes, target), np.pad(raw, ((0, 0), (0, 1)))
    return every, np.where(strange, 1 - labels(raw, threshold), target), raw


def metrics_that_rank(metrics: Iterable[str]) -> list[str]:
    """The metrics that rank rows by a probability; they leave out rows whose label is not a class."""
    return [metric for metric in metrics if METRICS[metric].ranks]


def notes_on_labels(name: str, column: pd.Series, codes: NDArray[np.int64], metrics: Iterable[str]) -> list[str]:
    """Messages with the numbers of rows without a label and of rows whose label is not a class, and such labels."""
    rows, missing, strange = len(codes), codes < NO_CLASS, codes == NO_CLASS
    messages = []
    if missing.any():
        messages.append(f'{missing.sum():,} of {rows:,} rows have no value in "{name}" and are left out')
    if strange.any():
        examples = _most_frequent(column[strange])
        known = int((codes >= 0).sum())
        ranking_note = (
            f"; only the other {known:,} rows count for {' and '.join(metrics_that_rank(metrics))}"
            if metrics_that_rank(metrics)
            else ""
        )
        messages.append(
            f'{strange.sum():,} of {rows:,} rows have a value in "{name}" that is not a class of the model'
            f" ({examples}); they count as wrong{ranking_note}"
        )
    return messages


def notes_on_values(name: str, column: pd.Series, values: NDArray[np.float64]) -> list[str]:
    """Messages about rows whose target is not a number."""
    absent = ~np.isfinite(values)
    if not absent.any():
        return []
    unreadable = column[absent].dropna()
    example = f" ({_most_frequent(unreadable)})" if len(unreadable) else ""
    return [f'{absent.sum():,} of {len(values):,} rows have no number in "{name}"{example} and are left out']


def _most_frequent(column: pd.Series) -> str:
    counts = Counter(str(value) for value in column)
    shown = [f'"{text[:40]}" in {count:,}' for text, count in counts.most_common(_SHOWN)]
    return ", ".join(shown) + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")
