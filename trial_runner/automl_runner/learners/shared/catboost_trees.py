"""The trees of CatBoost as plain arrays, so that neither its library nor its format is needed to predict.

They come from the JSON that CatBoost exports. It gives each category as a hash of its name, which is the code in digits
here. CatBoost's numbers of categories (CTRs) are tables by hash. A split of one of them is therefore a set of
codes, as long as each number is of one column alone, which `max_ctr_complexity=1` ensures.
tests/unit/automl_runner/learners compares every prediction with CatBoost's own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.oblivious_trees_model import ObliviousTrees, ObliviousTreesModel
from automl_model.features import Layout
from automl_runner.learners.learner import TrainingSet

_WORD = (1 << 64) - 1
_CITY = (0x9AE16A3B2F90404F, 0xC949D7C7509E6557, 0x9DDFEA08EB382D69)
"""Constants of CityHash64."""
_CTR_FACTOR = 0x4906BA494954CB65
"""The constant with which CatBoost mixes hashes (CalcHash of its libs/helpers)."""


def bare_model(booster: Any, layout: Layout, classes: int, seen: tuple[int, ...], rounds: int) -> ObliviousTreesModel:
    """The bundle's model of a trained CatBoost; `seen` are the classes that it knows as 0, 1, 2, ..."""
    exported = _exported(booster)
    scale, bias = exported["scale_and_bias"]
    outputs = len(seen) if len(seen) > 2 else 1
    splits = _all_splits(exported, layout)
    trees = _trees(exported["oblivious_trees"], splits, layout, outputs, scale)
    intercept = np.resize(np.asarray(bias, np.float64), outputs)
    return ObliviousTreesModel(trees, intercept, layout.numeric, classes, seen, rounds)


def constant_model(train: TrainingSet, classes: int, seen: tuple[int, ...]) -> ObliviousTreesModel:
    """A model that predicts the target's mean, or the classes' shares, from one tree of one leaf."""
    weights = np.ones(len(train.target)) if train.weights is None else train.weights
    shares = np.array([weights[train.target == code].sum() for code in seen]) / weights.sum()
    intercept = np.log(np.maximum(shares, 1e-9))
    if len(seen) == 1:
        intercept = np.array([np.average(train.target, weights=weights)])
    elif len(seen) == 2:
        intercept = intercept[1:] - intercept[:1]
    tree = {"splits": None, "leaf_values": [0.0] * len(intercept)}
    layout = train.features.layout
    trees = _trees([tree], [], layout, len(intercept), 1.0)
    return ObliviousTreesModel(trees, intercept, layout.numeric, classes, seen, 1)


def _exported(booster: Any) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        booster.save_model(str(path), format="json")
        exported: dict[str, Any] = json.loads(path.read_bytes())
    return exported


@dataclass(frozen=True)
class _Split:
    """A column and a border, or a categorical column and its codes that pass."""

    column: int
    border: float = 0.0
    codes: NDArray[np.bool_] | None = None


def _all_splits(exported: dict[str, Any], layout: Layout) -> list[_Split]:
    """All splits in the order in which the trees number them: of numbers, of single categories, of CTRs."""
    features = exported["features_info"]
    hashes = [[hash_of(str(code)) for code in range(size)] for size in layout.cardinalities]
    found = list(_of_numbers(features.get("float_features", ())))
    for feature in features.get("categorical_features", ()):
        column = feature["feature_index"]
        own = np.array(hashes[column], np.uint32)
        found += [_Split(column, codes=own == value % 2**32) for value in feature.get("values", ())]
    for ctr in features.get("ctrs", ()):
        found += _of_ctr(ctr, exported["ctr_data"][ctr["identifier"]], hashes)
    return found


def _of_numbers(features: list[dict[str, Any]]) -> Iterator[_Split]:
    for feature in features:
        if feature["borders"] and feature["nan_value_treatment"] == "AsTrue":
            raise ValueError("CatBoost counts missing values as great, and these trees count them as small")
        for border in feature["borders"]:
            yield _Split(feature["feature_index"], border)


def _of_ctr(ctr: dict[str, Any], data: dict[str, Any], hashes: list[list[int]]) -> list[_Split]:
    (element,) = ctr["elements"]
    column = element["cat_feature_index"]
    values = _ctr_values(ctr, data, hashes[column])
    return [_Split(column, codes=values > np.float32(border)) for border in ctr["borders"]]


def _ctr_values(ctr: dict[str, Any], data: dict[str, Any], hashes: list[int]) -> NDArray[np.float32]:
    """The number of each code: the share of rows above a target's border, or of the most frequent category's rows."""
    stride, cells = data["hash_stride"], data["hash_map"]
    counts = {int(cells[at]): cells[at + 1 : at + stride] for at in range(0, len(cells), stride)}
    nothing = [0] * (stride - 1)
    rows = np.array([counts.get(mixed(own), nothing) for own in hashes], np.int64)
    if ctr["ctr_type"] == "Counter":
        good, total = rows[:, 0], np.full(len(rows), data["counter_denominator"])
    else:
        good, total = rows[:, ctr["target_border_idx"] + 1 :].sum(axis=1), rows.sum(axis=1)
    numerator, denominator, shift, scale = (
        np.float32(ctr[name]) for name in ("prior_numerator", "prior_denomerator", "shift", "scale")
    )
    share = (good.astype(np.float32) + numerator) / (total.astype(np.float32) + denominator)
    return np.asarray((share + shift) * scale, np.float32)


def _trees(
    trees: list[dict[str, Any]], splits: list[_Split], layout: Layout, outputs: int, scale: float
) -> ObliviousTrees:
    """The trees with the splits that they name; the others are left out."""
    used = sorted({split["split_index"] for tree in trees for split in _splits(tree)})
    place = {number: own for own, number in enumerate(used)}
    kept = [splits[number] for number in used]
    numbers, sets = [one for one in kept if one.codes is None], [one for one in kept if one.codes is not None]
    depth = max([1, *(len(_splits(tree)) for tree in trees)])
    levels = np.full((len(trees), depth), len(used), np.int32)
    leaves = np.zeros((len(trees), 2**depth, outputs))
    for number, tree in enumerate(trees):
        named = [place[split["split_index"]] for split in _splits(tree)]
        levels[number, : len(named)] = named
        leaves[number, : 2 ** len(named)] = np.reshape(tree["leaf_values"], (-1, outputs))
    return ObliviousTrees(
        columns=np.array([one.column for one in numbers], np.int32),
        borders=np.array([one.border for one in numbers], np.float32),
        code_columns=np.array([one.column for one in sets], np.int32),
        sizes=np.array(layout.cardinalities, np.int32),
        members=np.concatenate([np.empty(0, np.uint8), *(_packed(one) for one in sets)]),
        splits=levels,
        leaves=leaves * scale,
    )


def _splits(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return tree["splits"] or []  # null where a tree is one leaf


def _packed(split: _Split) -> NDArray[np.uint8]:
    assert split.codes is not None
    return np.packbits(split.codes, bitorder="little")


def mixed(category: int) -> int:
    """The key of a category, given by its hash, in the tables of CatBoost's CTRs."""
    signed = category - 2**32 if category >= 2**31 else category
    return _CTR_FACTOR * (_CTR_FACTOR * signed) & _WORD


def hash_of(name: str) -> int:
    """CatBoost's hash of a category's name: 32 bits of CityHash64 1.0, here for names of up to eight bytes."""
    text = name.encode()
    size = len(text)
    if size >= 4:
        first, last = int.from_bytes(text[:4], "little"), int.from_bytes(text[-4:], "little")
        return _hash_of_pair(size + (first << 3), last) & 0xFFFFFFFF
    first, last = text[0] + (text[size >> 1] << 8), size + (text[-1] << 2)
    word = (first * _CITY[0] & _WORD) ^ (last * _CITY[1] & _WORD)
    return (word ^ word >> 47) * _CITY[0] & 0xFFFFFFFF


def _hash_of_pair(low: int, high: int) -> int:
    first = (low ^ high) * _CITY[2] & _WORD
    second = (high ^ first ^ first >> 47) * _CITY[2] & _WORD
    return (second ^ second >> 47) * _CITY[2] & _WORD
