"""Texts to times, strictly: one format for a whole column, and never a number taken for a date."""

import re
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_model.encoding.texts import Texts

ISO = "ISO8601"
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?", re.ASCII
)  # fmt: skip
_DATES = (
    "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%B %d %Y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_LIKE_A_DATE = re.compile(r"(\d{1,4}|[A-Za-z]{3,9})[/.\- ](\d{1,2}|[A-Za-z]{3,9}),?[/.\- ]\d{2,4}( .*)?", re.ASCII)
_PROBES = 50


def time_format(texts: Texts) -> str:
    """The one format that reads every text that is not missing, or nothing. Month first where both orders would do."""
    values = texts.uniques.filter(~texts.placeholder)
    probes = [str(value) for value in values[:_PROBES].to_pylist()]
    if not probes or not (all(map(_ISO.fullmatch, probes)) or all(map(_LIKE_A_DATE.fullmatch, probes))):
        return ""
    everything = values.to_numpy(zero_copy_only=False)
    for candidate in _formats():
        if not np.isnan(parse(probes, candidate)).any() and not np.isnan(parse(everything, candidate)).any():
            return candidate
    return ""


def read_times(texts: Texts, expected: str) -> NDArray[np.float64]:
    """For each unique, microseconds since 1970 UTC in the expected format or else in ISO 8601; NaN where unreadable."""
    values = texts.uniques.to_numpy(zero_copy_only=False)
    times = parse(values, expected)
    unread = np.isnan(times) & ~texts.placeholder
    if expected != ISO and unread.any():
        times[unread] = parse(values[unread], ISO)
    times[texts.placeholder] = np.nan
    return times


def parse(values: list[str] | NDArray[np.object_], text_format: str) -> NDArray[np.float64]:
    """Microseconds since 1970 UTC, NaN where a text is not in the format."""
    texts = [value if text_format != ISO or _ISO.fullmatch(value) else None for value in values]
    if not texts:
        return np.empty(0)
    index = pd.DatetimeIndex(pd.to_datetime(texts, format=text_format, errors="coerce", utc=True)).as_unit("us")
    return np.where(index.isna(), np.nan, index.asi8.astype(np.float64))


@cache
def _formats() -> tuple[str, ...]:
    return (ISO, *(date + clock for clock, date in product(_CLOCKS, _DATES)))
