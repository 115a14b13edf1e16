"""LightGBM's native text format, read without LightGBM: importing it takes longer than predicting does."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.trees import NUMERIC, Trees

_CATEGORICAL, _MISSING_LEFT = 1, 2
_MISSING_SHIFT, _NEVER_MISSING, _MISSING_IS_NAN = 2, 0, 2
_FORMATS = ("v3", "v4")


def read_trees(text: str) -> Trees:
    """The trees of a model, in order. Raises ValueError for a format or a kind of tree that this version does not know."""
    header, *parts = text.partition("\nend of trees")[0].split("\nTree=")
    version = _fields(header).get("version")
    if version not in _FORMATS:
        raise ValueError(f"a LightGBM model of the format {version!r}; this version reads {', '.join(_FORMATS)}")
    words: list[NDArray[np.uint32]] = []
    return Trees.joined([_tree(_fields(part), words) for part in parts], words)


def _fields(text: str) -> dict[str, str]:
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            yield name, value


def _numbers(fields: dict[str, str], name: str, kind: type[Any]) -> NDArray[Any]:
    return np.fromstring(fields.get(name, ""), kind, sep=" ")


def _tree(fields: dict[str, str], words: list[NDArray[np.uint32]]) -> dict[str, NDArray[Any]]:
    """One tree's arrays; its sets of codes are appended to `words`."""
    if fields.get("is_linear", "0") != "0":
        raise ValueError("a LightGBM model with linear leaves, which no model of this project has")
    thresholds = _numbers(fields, "threshold", np.float64)
    kinds = _numbers(fields, "decision_type", np.int64)
    coded = (kinds & _CATEGORICAL) != 0
    missing = kinds >> _MISSING_SHIFT
    if ((missing != _NEVER_MISSING) & (missing != _MISSING_IS_NAN)).any():
        raise ValueError("a LightGBM model that takes zero as missing, which no model of this project does")
    # Where training rows had no gap, LightGBM reads a missing number as zero. Codes that are in no set go right.
    default = np.where(missing == _MISSING_IS_NAN, (kinds & _MISSING_LEFT) != 0, thresholds >= 0.0)
    categories = np.where(coded, len(words) + thresholds, NUMERIC).astype(np.int32)
    bounds = _numbers(fields, "cat_boundaries", np.int64)
    codes = _numbers(fields, "cat_threshold", np.uint32)
    words += [codes[begin:end] for begin, end in pairwise(bounds)]
    return {
        "columns": _numbers(fields, "split_feature", np.int32),
        "thresholds": thresholds,
        "missing_left": default & ~coded,
        "categories": categories,
        "left": _numbers(fields, "left_child", np.int32),
        "right": _numbers(fields, "right_child", np.int32),
        "values": _numbers(fields, "leaf_value", np.float64),
    }
