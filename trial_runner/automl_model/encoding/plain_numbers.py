"""Fast reading of columns whose texts are all plain numbers: most columns of most csv files.

It is for columns whose spelling cannot matter. Leading zeros, two spellings of one number, points that may separate
thousands, and numbers beyond 2**53 are examined text by text elsewhere.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.exact import EXACT

_PROBES = 16
_PLAIN = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"-?(0|[1-9]\d{0,2}(\.\d{3})*)", re.ASCII)
_MINUS, _PLUS, _POINT, _ZERO, _NINE = b"-+.09"
(_EXPONENT,), _LOWER = b"e", np.uint8(0x20)


def plain_numbers(array: pa.Array) -> NDArray[np.float64] | None:
    """The numbers of texts, NaN for empty ones; None if a text is not a number, or if spelling matters."""
    if not len(array) or array.null_count:
        return None
    array = array if array.type == pa.string() else array.cast(pa.string())
    probes = [array[place].as_py() for place in range(0, len(array), 1 + len(array) // _PROBES)]
    some = [probe for probe in probes if probe]
    # A failing cast is slow. A look at some cells avoids it for nearly all columns of texts.
    if not some or not all(map(_PLAIN.fullmatch, some)) or _groups_are_likely(some):
        return None
    offsets = _offsets(array)
    empty = offsets[1:] == offsets[:-1]
    if not empty.any():
        return _whole(array)
    found = _whole(array.filter(pa.array(~empty)))
    if found is None:
        return None
    values = np.full(len(array), np.nan)
    values[~empty] = found
    return values


def _offsets(array: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]


def _whole(array: pa.Array) -> NDArray[np.float64] | None:
    try:
        values = np.asarray(array.cast(pa.float64()), dtype=np.float64)
    except pa.ArrowInvalid:
        return None
    return None if (np.abs(values) >= EXACT).any() or _spelled_freely(array, values) else values


def _groups_are_likely(probes: list[str]) -> bool:
    return any("." in probe for probe in probes) and all(map(_GROUPED.fullmatch, probes))


def _spelled_freely(array: pa.Array, values: NDArray[np.float64]) -> bool:
    """True when a number has leading zeros or a plus, or is spelled in two ways."""
    offsets = _offsets(array)
    starts, ends = offsets[:-1], offsets[1:]
    letters = np.frombuffer(array.buffers()[2], np.uint8)
    first = letters[starts]
    if (first <= _ZERO).any():  # a sign, a point or a zero
        odd = (first == _MINUS) | (first == _PLUS)
        digits = starts + odd
        second = np.where(digits + 1 < ends, letters[np.minimum(digits + 1, ends - 1)], 0)
        if ((letters[digits] == _ZERO) & (second >= _ZERO) & (second <= _NINE)).any() or (first == _PLUS).any():
            return True
        bare = letters[digits] == _POINT
    else:
        bare = np.zeros(len(first), np.bool_)
    last = letters[ends - 1]
    odd = bare | (last == _POINT)
    zeros = np.flatnonzero(last == _ZERO)
    if len(zeros):
        odd[zeros] |= np.asarray(pc.match_substring(array.take(pa.array(zeros)), "."), np.bool_)
    exponents = np.flatnonzero((letters | _LOWER) == _EXPONENT)
    if len(exponents):
        rows = np.searchsorted(starts, exponents, side="right") - 1
        odd[rows[(exponents >= starts[0]) & (exponents < ends[-1])]] = True
    return bool(odd.any()) and _twice(array, values, odd)


def _twice(array: pa.Array, values: NDArray[np.float64], odd: NDArray[np.bool_]) -> bool:
    """True when two texts spell the same number. One of the two is odd, for example 1.50 or 1e3 or .5."""
    some, others = np.unique(values[odd & (values != 0)]), values[~odd]
    if not len(some):
        return False
    found = some[np.minimum(np.searchsorted(some, others), len(some) - 1)]
    if (found == others).any():
        return True
    return int(pc.count_distinct(array.filter(pa.array(odd & (values != 0)))).as_py()) > len(some)
