"""Reads texts as times, strictly: one format for a whole column, and a number is never a date."""

import re
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.notation import ENOUGH
from automl_model.encoding.texts import Texts, as_mask

ISO = "ISO8601"
_ISO = (
    r"^[0-9]{4}-[0-9]{2}(-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|GMT)| ?[+-][0-9]{2}(:?[0-9]{2})?)?)?)?$"
)
_DATES = (
    "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
    "%Y.%m.%d", "%Y-%m-%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y",
    "%B %d %Y", "%d. %B %Y", "%Y %b %d", "%Y-%b-%d", "%a, %d %b %Y", "%a %d %b %Y", "%A, %d %B %Y", "%A, %B %d, %Y",
)  # fmt: skip
_MONTHS = ("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%m/%Y", "%Y/%m")
_CLOCKS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_LIKE_A_DATE = re.compile(
    rf"((mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}},? )?(\d{{1,4}}|{_MONTH})[/.\- ] ?(\d{{1,2}}|{_MONTH}),?[/.\- ]\d{{1,4}}([ T].*)?"
    rf"|{_MONTH}[ -]\d{{2,4}}|\d{{2}}/\d{{4}}|\d{{4}}/\d{{2}}",
    re.ASCII | re.IGNORECASE,
)
_LETTERS = {
    "d": "DD", "m": "MM", "Y": "YYYY", "y": "YY", "b": "Mon", "B": "Month", "a": "Day", "A": "Weekday", "H": "hh",
    "I": "hh", "M": "mm", "S": "ss", "f": "ffffff", "p": "AM",
}  # fmt: skip
_ZONE = r":[0-9.]+ ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$"
_PROBES = 50
_OF_TWO_DIGITS = re.compile(r"\d\d[.]\d\d[.]\d\d", re.ASCII)
"""The beginning of a day like 01.02.10. If no text of a column has it, 1.2.10 is more likely a version."""


def time_format(texts: Texts, enough: float = ENOUGH) -> str:
    """The format that reads the most cells; empty if it does not read enough of the cells that are not missing.

    The month comes first if both orders fit. Half of the cells must look like dates.
    """
    if not texts.there.any():
        return ""
    places = np.flatnonzero(texts.there)
    probes = texts.uniques.take(pa.array(places[:: max(1, len(places) // _PROBES)]))
    if _mostly(probes, _ISO) and (share := texts.share(~np.isnan(parse(texts.uniques, ISO)))) >= enough and share:
        return ISO
    alike = [text for text in probes.to_pylist() if _LIKE_A_DATE.fullmatch(text)]
    if len(alike) * 2 < len(probes):
        return ""
    some = pa.array(alike, pa.string())
    versions = not any(map(_OF_TWO_DIGITS.match, alike))
    formats = [form for form in _formats() if not (versions and form.startswith("%d.%m.%y"))]
    read = [int((~np.isnan(parse(some, form))).sum()) for form in formats]
    likely = [form for form, count in zip(formats, read, strict=True) if count and 2 * count >= enough * len(alike)]
    shares = [texts.share(~np.isnan(parse(texts.uniques, form))) for form in likely]
    best = max(shares, default=0.0)
    return likely[shares.index(best)] if best >= enough and best > 0 else ""


def is_format(found: object) -> bool:
    """True for a format that `time_format` can return."""
    return found == ISO or found in _formats()


def day_or_month(texts: Texts, found: str) -> bool:
    """True when day and month may be swapped: every text can be read in both orders, with different results."""
    swapped = other_order(found)
    if not swapped or found.startswith("%d."):
        return False  # in dates with points the day is always first
    values = texts.uniques.filter(pa.array(texts.there))
    as_found, other = parse(values, found), parse(values, swapped)
    read = ~np.isnan(as_found)
    return not np.isnan(other[read]).any() and bool((other != as_found)[read].any())


def other_order(found: str) -> str:
    """The same format with day and month swapped; empty unless both are numbers at the beginning."""
    return found.translate(str.maketrans("dm", "md")) if re.match("%[dm][/.-]%[dm]", found) else ""


def first_of_two(found: str) -> str:
    """The word "day" or "month" for the part that comes first, if both are numbers at the beginning; else empty."""
    return {"d": "day", "m": "month"}[found[1]] if other_order(found) else ""


def in_letters(found: str) -> str:
    """A format as people write it: DD.MM.YYYY."""
    return "YYYY-MM-DD" if found == ISO else re.sub("%(.)", lambda match: _LETTERS.get(match[1], match[0]), found)


def zoned(texts: Texts) -> NDArray[np.bool_]:
    """For each unique text, True if it is a time with a zone."""
    return as_mask(pc.match_substring_regex(texts.uniques, _ZONE))


def read_times(texts: Texts, expected: str) -> NDArray[np.float64]:
    """The microseconds since 1970 UTC of each unique text, in the expected format or ISO 8601; NaN if unreadable."""
    times = np.array(parse(texts.uniques, expected))
    unread = np.isnan(times) & ~texts.placeholder
    if expected != ISO and unread.any():
        times[unread] = parse(texts.uniques.filter(pa.array(unread)), ISO)
    times[texts.placeholder] = np.nan
    return times


def parse(values: pa.Array, text_format: str) -> NDArray[np.float64]:
    """The microseconds since 1970 UTC of texts, NaN if not in the format; a time without a zone is in UTC."""
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


def _mostly(values: pa.Array, pattern: str) -> bool:
    return int(as_mask(pc.match_substring_regex(values, pattern)).sum()) * 2 >= len(values)


@cache
def _formats() -> tuple[str, ...]:
    return (*(date + clock for clock, date in product(_CLOCKS, _DATES)), *_MONTHS)
