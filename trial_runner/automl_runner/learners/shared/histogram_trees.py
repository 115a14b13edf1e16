"""The trees of scikit-learn's histogram gradient boosting as plain arrays.

scikit-learn has no public way to read them. The attributes used here have not changed since version 1.4, and
tests/unit/automl_runner/learners compares every prediction with scikit-learn's own.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.boosted_trees_model import LEAF, MOST_CODES, NUMERIC, BoostedTrees, BoostedTreesModel

_WORDS = MOST_CODES // 32


def bare_model(model: Any, classes: int) -> BoostedTreesModel:
    """The bundle's model of a fitted HistGradientBoostingClassifier or -Regressor; `classes` is 1 for regression."""
    order, known = _columns(model)
    predictors = [predictor for round_ in model._predictors for predictor in round_]  # noqa: SLF001 - see above
    intercept = np.asarray(model._baseline_prediction, np.float64).ravel()  # noqa: SLF001 - see above
    seen = (0,) if classes == 1 else tuple(int(code) for code in model.classes_)
    return BoostedTreesModel(_trees(predictors, order, known), intercept, classes, seen)


def gains_of_columns(model: Any) -> NDArray[np.float64]:
    """For each column, the sum of the gains of all splits on it."""
    order, _ = _columns(model)
    nodes = np.concatenate([predictor.nodes for round_ in model._predictors for predictor in round_])  # noqa: SLF001 - see above
    splits = nodes[nodes["is_leaf"] == 0]
    gains = np.bincount(order[splits["feature_idx"]], splits["gain"], minlength=len(order))
    return np.asarray(gains, np.float64)


def without_empty_columns(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The matrix with 0 in columns that have no value, because scikit-learn cannot bin them."""
    empty = np.isnan(matrix).all(axis=0)
    return np.where(empty, np.float32(0.0), matrix) if empty.any() else matrix


def _columns(model: Any) -> tuple[NDArray[np.int64], dict[int, NDArray[np.int64]]]:
    """The original place of each of the model's columns, and the codes of each categorical column, in its order."""
    categorical = model.is_categorical_
    if categorical is None:
        return np.arange(model.n_features_in_), {}
    order = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
    encoder = model._preprocessor.named_transformers_["encoder"]  # noqa: SLF001 - see above
    return order, {place: found.astype(np.int64) for place, found in enumerate(encoder.categories_)}


def _trees(predictors: list[Any], order: NDArray[np.int64], known: dict[int, NDArray[np.int64]]) -> BoostedTrees:
    """All trees. The rows of `codes` are first the known codes of each categorical column, then the nodes' sets."""
    nodes = np.concatenate([predictor.nodes for predictor in predictors])
    leaf, coded = nodes["is_leaf"].astype(bool), nodes["is_categorical"].astype(bool) & (nodes["is_leaf"] == 0)
    lefts = [bitset for predictor in predictors for bitset in _lefts(predictor)]
    sets = np.full(len(nodes), NUMERIC, np.int32)
    sets[coded] = len(known) + np.arange(coded.sum())
    rows = [_bits(codes) for codes in known.values()]
    rows += [
        _bits(known[column][_set_bits(left)]) for column, left in zip(nodes["feature_idx"][coded], lefts, strict=True)
    ]
    by_column = np.full(len(order), NUMERIC, np.int32)
    by_column[order[list(known)]] = list(known)
    return BoostedTrees(
        counts=np.array([len(predictor.nodes) for predictor in predictors], np.int64),
        left=np.where(leaf, LEAF, nodes["left"]).astype(np.int32),
        right=np.where(leaf, LEAF, nodes["right"]).astype(np.int32),
        values=np.where(leaf, nodes["value"], 0.0),
        columns=np.where(leaf, 0, order[nodes["feature_idx"]]).astype(np.int32),
        thresholds=np.where(leaf | coded, 0.0, nodes["num_threshold"]),
        missing_left=nodes["missing_go_to_left"].astype(np.uint8),
        sets=sets,
        codes=np.array(rows, np.uint32).reshape(-1, _WORDS),
        known=by_column,
    )


def _lefts(predictor: Any) -> NDArray[np.uint32]:
    """The left set of each node that splits by categories."""
    coded = (predictor.nodes["is_categorical"] != 0) & (predictor.nodes["is_leaf"] == 0)
    sets: NDArray[np.uint32] = predictor.raw_left_cat_bitsets[predictor.nodes["bitset_idx"][coded]]
    return sets


def _set_bits(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    return np.flatnonzero(np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little"))


def _bits(codes: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Codes as bits of words. Codes beyond the words are left out and count as unknown."""
    truth = np.zeros(MOST_CODES, bool)
    truth[codes[(codes >= 0) & (codes < MOST_CODES)]] = True
    return np.packbits(truth, bitorder="little").view("<u4").astype(np.uint32)
