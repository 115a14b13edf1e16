"""The trees of XGBoost as plain arrays, from the JSON that it exports, so that prediction does not need its library.

XGBoost goes left below a threshold, and scikit-learn's predictors up to one: the next smaller float32. Codes of a set
go right. tests/unit/automl_runner/learners compares every prediction with XGBoost's own.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.boosted_trees_model import LEAF, MOST_CODES, NUMERIC, BoostedTrees, BoostedTreesModel

_EVERY = np.full(MOST_CODES // 32, 2**32 - 1, np.uint32)


def bare_model(booster: Any, categorical: list[bool], classes: int, seen: tuple[int, ...]) -> BoostedTreesModel:
    """The bundle's model of a booster. categorical: for each column, whether its values are codes.

    seen: the classes that the booster numbers 0, 1, 2, ...; (0,) for regression.
    """
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    trees = learner["gradient_booster"]["model"]["trees"]
    base = np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float64).ravel()
    outputs = len(seen) if len(seen) > 2 else 1
    intercept = np.log(base / (1 - base)) if len(seen) == 2 else np.resize(base, outputs)
    return BoostedTreesModel(_trees(trees, categorical), intercept, classes, seen)


def _trees(trees: list[dict[str, Any]], categorical: list[bool]) -> BoostedTrees:
    """All trees. The first row of `codes` has every code: none counts as missing. The others are the nodes' sets."""
    left, right, columns, missing_left, coded = (
        np.concatenate([np.asarray(tree[name], np.int64) for tree in trees])
        for name in ("left_children", "right_children", "split_indices", "default_left", "split_type")
    )
    conditions = np.concatenate([np.asarray(tree["split_conditions"], np.float32) for tree in trees])
    leaf = left == -1
    in_sets = (coded == 1) & ~leaf
    sets = np.full(len(left), NUMERIC, np.int32)
    sets[in_sets] = 1 + np.arange(in_sets.sum())
    below = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    return BoostedTrees(
        counts=np.array([len(tree["left_children"]) for tree in trees], np.int64),
        left=np.where(leaf, LEAF, left).astype(np.int32),
        right=np.where(leaf, LEAF, right).astype(np.int32),
        values=np.where(leaf, conditions, 0.0).astype(np.float64),
        columns=np.where(leaf, 0, columns).astype(np.int32),
        thresholds=np.where(leaf | in_sets, 0.0, below),
        missing_left=missing_left.astype(np.uint8),
        sets=sets,
        codes=np.array([_EVERY, *(row for tree in trees for row in _left_sets(tree))], np.uint32),
        known=np.where(categorical, 0, NUMERIC).astype(np.int32),
    )


def _left_sets(tree: dict[str, Any]) -> list[NDArray[np.uint32]]:
    """The codes that go left, as bits of words, for each node of a set, in the order of the nodes."""
    found = []
    for begin, size in zip(tree["categories_segments"], tree["categories_sizes"], strict=True):
        lefts = np.ones(MOST_CODES, bool)
        lefts[tree["categories"][begin : begin + size]] = False
        found.append(np.packbits(lefts, bitorder="little").view("<u4").astype(np.uint32))
    return found
