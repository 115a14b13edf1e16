"""Ranks of rows and areas under curves of ranks, which several metrics share. Ties count half; rows may have weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def area(positive: Array, value: Array, weights: Array | None) -> float:
    """The share of pairs in the right order; ties count half. With few rows scikit-learn takes 100 times as long."""
    weights = np.ones(len(value)) if weights is None else weights
    order = np.argsort(value, kind="stable")
    ordered = value[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    hits = np.add.reduceat((weights * positive)[order], starts)
    others = np.add.reduceat((weights * ~positive)[order], starts)
    below = np.cumsum(others) - others
    return float((hits * (below + others / 2)).sum() / (hits.sum() * others.sum()))


def areas_between(target: Array, prediction: Array, weights: Array | None) -> NDArray[np.float64]:
    """For each pair of classes in the target, one way and the other: how well the first one's probability ranks them.

    target: class codes. prediction: probabilities, shape (rows, classes). One sort for each class serves all its pairs.
    """
    weights = np.ones(len(target)) if weights is None else weights
    present, places = np.unique(target, return_inverse=True)
    sizes = np.bincount(places, weights)
    table = np.empty((len(present), len(present)))
    for place, code in enumerate(present):
        above = 1.0 - _shares_below(prediction[:, int(code)], weights * (places == place))
        table[place] = np.bincount(places, weights * above) / sizes
    return np.asarray(table[~np.eye(len(present), dtype=bool)])


def _shares_below(value: Array, weights: Array) -> NDArray[np.float64]:
    """For each row the share of the weight that lies below its value; equal values count half."""
    return np.asarray((midranks(value[None], weights)[0]) / weights.sum())


def midranks(values: Array, weights: Array | None = None) -> NDArray[np.float64]:
    """For each row the weight below its value, plus half of the weight at its value: shape (batch, rows) both.

    Rows are ranked once with ties in their order and once in the opposite order: the mean gives ties one rank.
    """
    weights = np.ones(values.shape[1]) if weights is None else weights
    return (_ranks(values, weights) + _ranks(values[:, ::-1], weights[::-1])[:, ::-1]) / 2


def _ranks(values: Array, weights: Array) -> NDArray[np.float64]:
    order = np.argsort(values, axis=1, kind="stable")
    ordered = weights[order]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.cumsum(ordered, axis=1) - ordered / 2, axis=1)
    return ranks
