"""Reads times of day and durations, written as HH:MM or HH:MM:SS, as seconds."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.texts import as_mask

CLOCK = r"(?i)^[0-9]{1,3}:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?( ?[ap]m)?$"
_PARTS = r"(?i)^(?P<hours>[0-9]+):(?P<minutes>[0-9]+)(?::(?P<seconds>[0-9.]+))?(?: ?(?P<half>[ap])m)?$"


def seconds_of(values: pa.Array) -> NDArray[np.float64]:
    """The seconds of each text, NaN if it is not a time."""
    written = as_mask(pc.match_substring_regex(values, CLOCK))
    found = np.full(len(values), np.nan)
    parts = pc.extract_regex(values.filter(pa.array(written)), _PARTS)
    hours, minutes, seconds = (_floats(parts, name) for name in ("hours", "minutes", "seconds"))
    half = np.asarray([str(letter or "").lower() for letter in pc.struct_field(parts, "half").to_pylist()])
    hours = np.where(half == "p", hours % 12 + 12, np.where(half == "a", hours % 12, hours))
    found[written] = hours * 3600 + minutes * 60 + seconds
    return found


def _floats(parts: pa.Array, name: str) -> NDArray[np.float64]:
    texts = pc.struct_field(parts, name)
    return np.asarray(pc.cast(pc.if_else(pc.equal(texts, ""), "0", texts), pa.float64()).fill_null(0), np.float64)
