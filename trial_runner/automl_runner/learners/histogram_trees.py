"""The trees of scikit-learn's histogram gradient boosting as plain arrays.

scikit-learn has no public way to read them. The attributes used here have not changed since version 1.4, and
tests/unit/automl_runner/learners compares every prediction with scikit-learn's own.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.boosted_trees_model import BoostedTreesModel
from automl_model.estimators.trees import NUMERIC, Trees

_WORD = 32


def bare_model(model: Any, classes: int) -> BoostedTreesModel:
    """The fitted HistGradientBoostingClassifier or -Regressor; classes: 1 for regression."""
    order, known = _columns(model)
    words: list[NDArray[np.uint32]] = []
    trees = [_tree(predictor, order, known, words) for round_ in model._predictors for predictor in round_]  # noqa: SLF001 - see above
    intercept = np.asarray(model._baseline_prediction, np.float64).ravel()  # noqa: SLF001 - see above
    seen = (0,) if classes == 1 else tuple(int(code) for code in model.classes_)
    return BoostedTreesModel(Trees.joined(trees, words), intercept, classes, seen)


def _columns(model: Any) -> tuple[NDArray[np.int64], dict[int, NDArray[np.int64]]]:
    """The original place of each of the model's columns, and the codes that each categorical one counts, in order."""
    categorical = model.is_categorical_
    if categorical is None:
        return np.arange(model.n_features_in_), {}
    order = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
    encoder = model._preprocessor.named_transformers_["encoder"]  # noqa: SLF001 - see above
    return order, {place: found.astype(np.int64) for place, found in enumerate(encoder.categories_)}


def _tree(
    predictor: Any, order: NDArray[np.int64], known: dict[int, NDArray[np.int64]], words: list[NDArray[np.uint32]]
) -> dict[str, NDArray[Any]]:
    """One tree's arrays; its sets of codes are appended to `words`."""
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    number = np.where(is_leaf, -np.cumsum(is_leaf), np.cumsum(~is_leaf) - 1)
    inner = nodes[~is_leaf]
    categories = np.full(len(inner), NUMERIC)
    for place in np.flatnonzero(inner["is_categorical"]):
        node, categories[place] = inner[place], len(words)
        left = _bits_set(predictor.raw_left_cat_bitsets[node["bitset_idx"]])
        words.append(_words(known[int(node["feature_idx"])], left, others_left=bool(node["missing_go_to_left"])))
    return {
        "columns": order[inner["feature_idx"]],
        "thresholds": inner["num_threshold"],
        "missing_left": inner["missing_go_to_left"].astype(bool),
        "categories": categories,
        "left": number[inner["left"]],
        "right": number[inner["right"]],
        "values": nodes["value"][is_leaf],
    }


def _bits_set(bitset: NDArray[np.uint32]) -> NDArray[np.int64]:
    return np.flatnonzero(np.unpackbits(bitset.astype("<u4").view(np.uint8), bitorder="little"))


def _words(known: NDArray[np.int64], left: NDArray[np.int64], *, others_left: bool) -> NDArray[np.uint32]:
    """A set of codes from the places among the known ones; a code that training never had goes with the missing ones."""
    goes_left = np.full(-(-(int(known.max(initial=0)) + 1) // _WORD) * _WORD, others_left)
    goes_left[known] = False
    goes_left[known[left]] = True
    return np.packbits(goes_left, bitorder="little").view("<u4").astype(np.uint32)
