"""Chooses a column's origin and unit, so that float32's 24 bits tell as many of its numbers apart as possible.

Nineteen-digit keys and milliseconds since 1970 need an origin; 1e-50 and 2e-50 need a smaller unit.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.exact import EXACT

_LARGEST = float(np.finfo(np.float32).max)
_EXACT = 2.0**24
"""float32 holds every whole number up to here exactly."""
_COMFORTABLE = 100
"""The exponent that the greatest number gets if some numbers are too great or too small for float32."""
_JUDGED = 50_000

Whole = NDArray[Any]
"""int64 or uint64."""


@dataclass(frozen=True)
class Placement:
    """A number x becomes float32((x - origin) * scale). An origin that is an int is subtracted exactly."""

    origin: int | float = 0.0
    scale: float = 1.0
    distinct: int = 0
    lost: int = 0
    """The number of distinct numbers that become equal to another."""

    @property
    def blurred(self) -> bool:
        """True when the loss is worth a note: any loss of whole numbers, and more than 1 % of others."""
        return self.lost > (0 if isinstance(self.origin, int) else self.distinct // 100)


def place(values: NDArray[np.float64], integers: Whole | None = None) -> Placement:
    """The simplest placement that tells the most finite numbers apart. `integers`: exact, if they are whole."""
    if not len(values):
        return Placement()
    low, high = float(values.min()), float(values.max())
    far = high - low < abs(low) and max(abs(low), abs(high)) > _EXACT
    if not far and max(abs(low), abs(high)) < EXACT and (values.astype(np.float32) == values).all():
        return Placement()
    if integers is None and max(abs(low), abs(high)) < EXACT and (values == np.floor(values)).all():
        integers = values.astype(np.int64)
    if integers is None:
        return _best(np.unique(values[:: 1 + len(values) // _JUDGED]), far=far)
    return _best_of_integers(np.unique(integers), far=far)


def placed(
    values: NDArray[np.float64], bits: NDArray[np.uint64] | None, origin: float, scale: float
) -> NDArray[np.float32]:
    """Numbers above an origin, scaled. `bits`: whole numbers modulo 2**64, for an origin that float64 cannot hold."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # infinite results become missing values
        above = values - origin if not needs_bits(origin) or bits is None else _exactly_above(values, bits, int(origin))
        return as_float32(above * scale if scale != 1.0 else above)


def needs_bits(origin: float) -> bool:
    """True when float64 may not hold an origin exactly, so that it must be subtracted from integers."""
    return isinstance(origin, int) and abs(origin) > EXACT


def as_float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32 with NaN for infinite values; finite values that are too large for it are clipped."""
    finite = np.where(np.isfinite(values), values, np.nan)
    return np.clip(finite, -_LARGEST, _LARGEST).astype(np.float32)


def _exactly_above(values: NDArray[np.float64], bits: NDArray[np.uint64], origin: int) -> NDArray[np.float64]:
    rough = values - float(origin)
    exact = (bits - np.uint64(origin % 2**64)).view(np.int64).astype(np.float64)
    # For fractions, and for numbers too far away for 64 bits, the exact difference is wrong and far from the rough one.
    return np.where(
        np.abs(rough - exact) <= np.abs(rough) * 2.0**-50 + 4 * np.spacing(float(abs(origin))), exact, rough
    )


def _best(distinct: NDArray[np.float64], *, far: bool) -> Placement:
    return _first_good(distinct, None, _choices(distinct, far=far))


def _choices(distinct: NDArray[np.float64], *, far: bool) -> Iterator[tuple[float, float]]:
    low = float(distinct[0])
    if far:
        yield low, 1.0
    yield 0.0, 1.0
    yield 0.0, _unit(distinct)
    if np.isfinite(float(distinct[-1]) - low):
        yield low, 1.0
        yield low, _unit(distinct - low)


def _best_of_integers(distinct: Whole, *, far: bool) -> Placement:
    low = int(distinct[0])
    bits = distinct.view(np.uint64)
    choices: list[tuple[int, float]] = [(low, 1.0), (0, 1.0)] if far else [(0, 1.0), (low, 1.0)]
    found = _first_good(distinct.astype(np.float64), bits, choices)
    if not found.lost:
        return found
    step = int(np.gcd.reduce(bits - np.uint64(low % 2**64))) or 1
    return _first_good(distinct.astype(np.float64), bits, [(found.origin, 1.0), (low, 1 / step)])


def _first_good(
    distinct: NDArray[np.float64], bits: NDArray[np.uint64] | None, choices: Iterable[tuple[int | float, float]]
) -> Placement:
    """The first of some placements that tells enough numbers apart, or else the one that tells the most apart."""
    best = Placement(lost=len(distinct))
    for origin, scale in choices:
        found = Placement(origin, scale, len(distinct), _lost(placed(distinct, bits, origin, scale)))
        if not found.blurred:
            return found
        best = min(best, found, key=lambda placement: placement.lost)
    return best


def _unit(distinct: NDArray[np.float64]) -> float:
    """A power of two that scales the greatest number well into the range of float32."""
    greatest = float(np.abs(distinct).max())
    return math.ldexp(1.0, max(-1000, min(1000, _COMFORTABLE - math.frexp(greatest)[1]))) if greatest else 1.0


def _lost(ordered: NDArray[np.float32]) -> int:
    """The number of items of a sorted array that equal the item before."""
    return int((ordered[1:] == ordered[:-1]).sum())
