"""Checks of values read from a bundle: whole numbers in a range, arrays of a given type and shape.

Compiled predictors do not check indices, so a wrong one would read memory outside the model. Every check raises
ValueError with a message for people.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def require(truth: Any, complaint: str) -> None:
    """Raise ValueError with the complaint unless the value is true; an array must be true everywhere."""
    if not np.all(truth):
        raise ValueError(complaint)


def whole_number(facts: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """A field that must be a whole number from low to high."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f'"{name}" is {str(value)[:40]!r}, and must be a whole number from {low} to {high}')
    return value


def whole_numbers(facts: Mapping[str, Any], name: str, end: int) -> tuple[int, ...]:
    """A field that must be a list of distinct whole numbers from 0 to below `end`, in ascending order."""
    values = facts.get(name)
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError(f'"{name}" must be a list of whole numbers')
    numbers = tuple(values)
    if list(numbers) != sorted(set(numbers)) or any(not 0 <= number < end for number in numbers):
        raise ValueError(f'"{name}" must be a list of ascending numbers from 0 to {end - 1}')
    return numbers


def array(arrays: Mapping[str, Array], name: str, kind: Any, *shape: int | None, finite: bool = True) -> Array:
    """The array of this name, which must have exactly this type and shape; None stands for any length."""
    found = arrays.get(name)
    if found is None:
        raise ValueError(f"the array {name} is missing")
    fits = len(found.shape) == len(shape) and all(
        asked in (None, own) for own, asked in zip(found.shape, shape, strict=True)
    )
    if found.dtype != np.dtype(kind) or not fits:
        expected = f"{np.dtype(kind)} and shape {tuple('any' if length is None else length for length in shape)}"
        raise ValueError(f"the array {name} has type {found.dtype} and shape {found.shape}, not {expected}")
    if finite and found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ValueError(f"the array {name} has values that are not finite")
    return found


def inside(values: Array, low: object, end: object, name: str) -> None:
    """Raise ValueError unless every value is from low to below `end`; the limits may be arrays."""
    require((values >= low) & (values < end), f"the array {name} has values out of range")


def places(counts: Array) -> Array:
    """The position of each item within its group, 0, 1, 2, ..., given the sizes of the groups."""
    return np.asarray(np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts))
