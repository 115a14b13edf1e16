"""Turns values into names and back: classes and levels are texts here, exact for every type; labels get their type."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LabelType = Literal[
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "decimal", "string",
]  # fmt: skip
"""The type of a target's values in the training data."""


def label_type(kind: pa.DataType) -> LabelType:
    """The type of labels for an arrow type of numbers, booleans or texts."""
    if pa.types.is_boolean(kind):
        return "bool"
    if pa.types.is_decimal(kind):
        return "decimal"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        name: LabelType = {"halffloat": "float16", "float": "float32", "double": "float64"}.get(str(kind), str(kind))  # type: ignore[assignment]
        return name
    return "string"


def names_of(array: pa.Array) -> list[str]:
    """For each value of an array without nulls, the shortest text that `labels_of` turns back into it."""
    if pa.types.is_floating(array.type):
        values = np.asarray(array) + 0  # no -0.0
        return [str(value) for value in values]
    return [str(value) for value in array.to_pylist()]


def labels_of(names: Sequence[str], kind: LabelType) -> NDArray[Any]:
    """Names as values of their type."""
    if kind == "string":
        return np.asarray(names, dtype=object)
    if kind == "decimal":
        return np.asarray([Decimal(name) for name in names], dtype=object)
    if kind == "bool":
        return np.asarray([name == "True" for name in names])
    return np.asarray([float(name) if kind.startswith("float") else int(name) for name in names], dtype=kind)


def type_of_texts(names: Sequence[str]) -> LabelType:
    """The type of labels from a text format: numbers if all of them are written as Python writes them, else texts."""
    if names and all(_writes_back(name, int) for name in names) and all(abs(int(name)) < 2**63 for name in names):
        return "int64"
    return "float64" if names and all(_writes_back(name, float) for name in names) else "string"


def _writes_back(name: str, kind: type[int] | type[float]) -> bool:
    try:
        return name.isascii() and str(kind(name)) == name
    except ValueError:
        return False
