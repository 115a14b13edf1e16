"""LightGBM's native text, reduced to what predictions need, and checked before the library parses it.

The library trusts its text. A column or leaf out of range reads memory outside the model, a child before its parent
loops forever, and wrong sizes allocate memory. So a text has one form here, which `bare_text` writes, and all of it is
checked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import places
from automl_model.estimators.number_lists import NumberLists, fraction_lists, whole_number_lists

_FORMATS = ("v3", "v4")
_WHOLE = ("num_leaves", "num_cat", "split_feature", "decision_type", "left_child", "right_child")
_SETS = ("cat_boundaries", "cat_threshold")
_TREE = (
    "num_leaves",
    "num_cat",
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
)
_END = "end of trees\n"
_BLOCK = re.compile(
    r"Tree=(\d{1,7})\n"
    + "".join(rf"{name}=([^\n]*)\n" for name in _TREE)
    + "(?:"
    + "".join(rf"{name}=([^\n]+)\n" for name in _SETS)
    + r")?\n"
)
_NAMES = len("Tree=\n\n") + sum(len(f"{name}=\n") for name in _TREE)
_SET_NAMES = sum(len(f"{name}=\n") for name in _SETS)
"""The number of characters of a tree's sets that are names, not values; `_NAMES` is the number for the rest."""
_HEADER = re.compile(
    r"tree\nversion=v4\nnum_class=(\d{1,6})\nnum_tree_per_iteration=\d{1,6}\nlabel_index=0\nmax_feature_idx=(\d{1,6})\n"
)
_CATEGORICAL, _MISSING_SHIFT, _MISSING_IS_ZERO, _MOST_KIND = 1, 2, 1, 11


@dataclass(frozen=True)
class TextFacts:
    """The contents of a checked text: the numbers of columns that it reads, of raw scores for a row, and of trees."""

    columns: int
    outputs: int
    trees: int

    @property
    def rounds(self) -> int:
        """The number of rounds; each has one tree for each output."""
        return self.trees // self.outputs


def bare_text(text: str) -> str:
    """LightGBM's text without statistics and settings. Raises ValueError for an unknown format."""
    header, *parts = text.partition("\nend of trees")[0].split("\nTree=")
    fields = dict(_pairs(header))
    if fields.get("version") not in _FORMATS:
        raise ValueError(
            f"a LightGBM model of the format {fields.get('version')!r}; this version reads {', '.join(_FORMATS)}"
        )
    lines = [_header(int(fields["max_feature_idx"]) + 1, int(fields["num_class"]))]
    for number, part in enumerate(parts):
        found = dict(_pairs(part))
        if found.get("is_linear", "0") != "0":
            raise ValueError("a LightGBM model with linear leaves, which no model of this project has")
        names = _TREE + (_SETS if found["num_cat"] != "0" else ())
        lines.append(f"Tree={number}\n" + "".join(f"{name}={found.get(name, '')}\n" for name in names) + "\n")
    return "".join([*lines, _END])


def shortened(text: str, trees: int) -> str:
    """A bare text with only its first trees."""
    end = text.find(f"Tree={trees}\n")
    return text if end < 0 else text[:end] + _END


def check_text(text: str) -> TextFacts:
    """The contents of a bare text. Raises ValueError unless the library can apply it to any row with its columns."""
    begin = _HEADER.match(text)
    _require(begin is not None, "has no header of a LightGBM model")
    assert begin is not None
    outputs, columns = int(begin[1]), int(begin[2]) + 1
    header = _header(columns, outputs)
    _require(text.startswith(header) and text.endswith(_END), "is cut short, or has lines that no prediction needs")
    lines = _lines_by_name(text[len(header) : -len(_END)])
    trees = len(lines["num_leaves"])
    _require(outputs > 0 and trees % outputs == 0, "lacks trees")
    _check_trees(lines, columns)
    return TextFacts(columns, outputs, trees)


def _header(columns: int, outputs: int) -> str:
    """LightGBM's header without an objective, because only raw scores are used."""
    names, infos = (" ".join(f(column) for column in range(columns)) for f in ("Column_{}".format, lambda _: "none"))
    return (
        f"tree\nversion=v4\nnum_class={outputs}\nnum_tree_per_iteration={outputs}\nlabel_index=0\n"
        f"max_feature_idx={columns - 1}\nfeature_names={names}\nfeature_infos={infos}\n\n"
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            yield name, value


def _lines_by_name(body: str) -> dict[str, Sequence[str]]:
    """The values of each line by name, one for each tree; sets of codes are empty for a tree without any."""
    found = _BLOCK.findall(body)
    values = sum(sum(map(len, tree)) for tree in found)
    read = values + len(found) * _NAMES + sum(_SET_NAMES for tree in found if tree[-1])
    numbered = all(tree[0] == str(number) for number, tree in enumerate(found))
    _require(len(found) > 0 and read == len(body) and numbered, "lacks trees, or has lines that no prediction needs")
    columns = list(zip(*found, strict=True))
    return dict(zip(_TREE + _SETS, columns[1:], strict=True))


def _check_trees(lines: dict[str, Sequence[str]], columns: int) -> None:
    """Check all trees at once: each line's numbers are in one array, with the count for each tree."""
    lists = {name: _numbers(name, texts) for name, texts in lines.items()}
    numbers, counts = ({name: getattr(one, part) for name, one in lists.items()} for part in ("values", "counts"))
    leaves, sets = numbers["num_leaves"], numbers["num_cat"]
    _require(len(leaves) == len(sets) == len(lines["num_leaves"]), "has trees without a size")
    _require(_all(leaves >= 1) and _all(sets >= 0), "has trees without leaves")
    _require(_all(counts["leaf_value"] == leaves), "has another number of leaves than it declares")
    for name in ("split_feature", "threshold", "decision_type", "left_child", "right_child"):
        _require(_all(counts[name] == leaves - 1), f"has another number of values in {name} than a tree has nodes")
    _require(_all(np.isfinite(numbers["leaf_value"])), "has leaves without a finite value")
    _require(_inside(numbers["split_feature"], 0, columns), "splits on columns that it does not have")
    nodes = leaves - 1
    own, limit = places(nodes), np.repeat(nodes, nodes)
    for name in ("left_child", "right_child"):
        child = numbers[name]
        inner = (child > own) & (child < limit)
        leaf = (child < 0) & (child >= -limit - 1)
        _require(_all(inner | leaf), f"has a {name} that is neither a later node nor a leaf of its tree")
    _check_kinds(numbers, sets, nodes)
    _check_sets(numbers, counts, sets)


def _check_kinds(numbers: dict[str, NDArray[Any]], sets: NDArray[Any], nodes: NDArray[Any]) -> None:
    kinds, thresholds = numbers["decision_type"], numbers["threshold"]
    known = (kinds >= 0) & (kinds <= _MOST_KIND) & (kinds >> _MISSING_SHIFT != _MISSING_IS_ZERO)
    _require(_all(known), "has nodes of a kind that no model of this project has")
    coded = kinds & _CATEGORICAL == _CATEGORICAL
    of_tree = np.repeat(sets, nodes)[coded]
    named = thresholds[coded]
    _require(_all((named >= 0) & (named < of_tree) & (named == np.floor(named))), "names sets of codes that it lacks")
    _require(_all(thresholds > -np.inf), "has thresholds that are not numbers above -inf")


def _check_sets(numbers: dict[str, NDArray[Any]], counts: dict[str, NDArray[Any]], sets: NDArray[Any]) -> None:
    """Check that each tree's bounds start at 0, ascend, and end at its number of words."""
    bounds, sizes, words = numbers["cat_boundaries"], counts["cat_boundaries"], counts["cat_threshold"]
    _require(_all(sizes == np.where(sets > 0, sets + 1, 0)), "has another number of sets of codes than it declares")
    _require(_inside(numbers["cat_threshold"], 0, 2**32), "has sets of codes that are not words of 32 bits")
    own, ends = places(sizes), np.cumsum(sizes)[sets > 0] - 1
    ascending = np.diff(bounds, prepend=0) >= 0
    _require(_all(ascending | (own == 0)) and _all(bounds[own == 0] == 0), "has sets of codes out of order")
    _require(_all(bounds[ends] == words[sets > 0]) and _all(words[sets == 0] == 0), "has sets of codes cut short")


def _numbers(name: str, texts: Sequence[str]) -> NumberLists:
    """The lists of numbers in texts, written so that LightGBM and Arrow read them alike. Raises ValueError."""
    try:
        if name in _WHOLE or name in _SETS:
            return whole_number_lists(texts)
        return fraction_lists(texts, infinite=name == "threshold")
    except ValueError as other:
        raise ValueError(_complaint(f"has a {name} that is not a list of numbers")) from other


def _inside(values: NDArray[Any], low: int, end: int) -> bool:
    return _all((values >= low) & (values < end))


def _all(truth: NDArray[np.bool_]) -> bool:
    return bool(np.all(truth))


def _require(truth: bool, complaint: str) -> None:
    if not truth:
        raise ValueError(_complaint(complaint))


def _complaint(what: str) -> str:
    return f"the LightGBM model {what}; it was changed after it was written"
