"""Texts to times, strictly: one format for a whole column, and never a number taken for a date."""

import re
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.texts import Texts, as_mask

ISO = "ISO8601"
_ISO = (
    r"^[0-9]{4}-[0-9]{2}(-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|GMT)| ?[+-][0-9]{2}(:?[0-9]{2})?)?)?)?$"
)
_DATES = (
    "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%B %d %Y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_LIKE_A_DATE = re.compile(r"(\d{1,4}|[A-Za-z]{3,9})[/.\- ](\d{1,2}|[A-Za-z]{3,9}),?[/.\- ]\d{2,4}( .*)?", re.ASCII)
_PROBES = 50


def time_format(texts: Texts) -> str:
    """The one format that reads every text that is not missing, or nothing. Month first where both orders would do."""
    values = texts.uniques.filter(pa.array(~texts.placeholder))
    probes = values.slice(0, _PROBES)
    if not len(probes):
        return ""
    if as_mask(pc.match_substring_regex(probes, _ISO)).all():
        return "" if np.isnan(parse(values, ISO)).any() else ISO
    if not all(map(_LIKE_A_DATE.fullmatch, probes.to_pylist())):
        return ""
    likely = (one for one in _formats() if not np.isnan(parse(probes, one)).any())
    return next((one for one in likely if not np.isnan(parse(values, one)).any()), "")


def day_or_month(texts: Texts, found: str) -> bool:
    """Whether days and months may change places in a format: every text can be read both ways, and not as the same."""
    if not re.match("%[dm][/-]%[dm]", found):
        return False  # with points the day is first everywhere
    swapped = found.translate(str.maketrans("dm", "md"))
    values = texts.uniques.filter(pa.array(~texts.placeholder))
    other = parse(values, swapped)
    return not np.isnan(other).any() and bool((other != parse(values, found)).any())


def read_times(texts: Texts, expected: str) -> NDArray[np.float64]:
    """For each unique, microseconds since 1970 UTC in the expected format or else in ISO 8601; NaN where unreadable."""
    times = np.array(parse(texts.uniques, expected))
    unread = np.isnan(times) & ~texts.placeholder
    if expected != ISO and unread.any():
        times[unread] = parse(texts.uniques.filter(pa.array(unread)), ISO)
    times[texts.placeholder] = np.nan
    return times


def parse(values: pa.Array, text_format: str) -> NDArray[np.float64]:
    """Microseconds since 1970 UTC, NaN where a text is not in the format; a time without a zone is one in UTC."""
    if text_format == ISO:
        values = pc.if_else(pc.match_substring_regex(values, _ISO), values, pa.scalar(None, pa.string()))
        try:
            whole = values.cast(pa.timestamp("us")).cast(pa.int64())
            return np.asarray(whole.cast(pa.float64(), safe=False).fill_null(np.nan), dtype=np.float64)
        except pa.ArrowInvalid:
            # Zones, nanoseconds, or a 30th of February: pandas reads all of these, more slowly.
            values = pc.replace_substring_regex(values, " ?(UTC|GMT|Z)$", "Z")
            values = pc.replace_substring_regex(values, "(:[0-9.]+) ?([+-][0-9]{2}):?([0-9]{2})?$", r"\1\2\3")
    if not len(values):
        return np.empty(0)
    texts = values.to_numpy(zero_copy_only=False)
    index = pd.DatetimeIndex(pd.to_datetime(texts, format=text_format, errors="coerce", utc=True)).as_unit("us")
    return np.where(index.isna(), np.nan, index.asi8.astype(np.float64))


@cache
def _formats() -> tuple[str, ...]:
    return tuple(date + clock for clock, date in product(_CLOCKS, _DATES))
