"""A sample of training rows that keeps every class: rare classes keep their rows, and weights restore the shares."""

import numpy as np

from automl_runner.learners.learner import FitContext, TrainingSet

_KEPT_OF_A_CLASS = 1_000


def sample_rows(train: TrainingSet, most: int, context: FitContext) -> TrainingSet:
    """About `most` rows, in their order; all of them if there are no more. Each row weighs for those left out."""
    rows = len(train.target)
    if rows <= most:
        return train
    generator = np.random.default_rng(context.seed)
    groups = np.zeros(rows, np.int64) if context.task == "regression" else train.target.astype(np.int64)
    kept, shares = np.zeros(rows, np.bool_), np.ones(rows)
    found = np.unique(groups)
    least = min(_KEPT_OF_A_CLASS, most // (4 * len(found)))
    for group in found:
        own = np.flatnonzero(groups == group)
        count = min(len(own), max(1, least, round(len(own) * most / rows)))
        kept[generator.permutation(own)[:count]] = True
        shares[own] = len(own) / count
    places = np.flatnonzero(kept)
    weights = shares[places] if train.weights is None else train.weights[places] * shares[places]
    return TrainingSet(train.features.take(places), train.target[places], weights)
