"""Matches cells with levels of another spelling: 1067 means "01067", "2" the double 2.0, and "FALSE" the value False.

A frame may hold as numbers what was text in training, and a file as text what was a number or a boolean. The match is
certain if exactly one level means the same.
"""

import re
from collections.abc import Iterable

from automl_model.encoding.column import Source
from automl_model.encoding.literals import FALSE, TRUE
from automl_model.exact import EXACT

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


def by_meaning(levels: Iterable[str], source: Source) -> dict[str, list[int]]:
    """The places of the levels by their `meaning` to cells of a source; levels that mean the same share an entry."""
    found: dict[str, list[int]] = {}
    for place, level in enumerate(levels):
        for key in _keys(level, source):
            found.setdefault(key, []).append(place)
    return found


def _keys(level: str, source: Source) -> set[str]:
    """The meanings of cells of a source that match a level. For a large number, the nearest double matches, too."""
    if source == "number" and (number := _number(level)):
        return {number, _double(number)} if _is_great(number) else {number}
    return {meaning(level, source)} - {""}


def meaning(text: str, source: Source) -> str:
    """One spelling for all texts that mean the same to cells of a source; empty for a text that means only itself.

    For typed numbers all texts of a number mean the same, and for booleans all words of a truth value. For texts the
    spelling may matter, so only spellings that programs write count as a number or a truth value. A double beyond
    2**53 may stand for any number that is rounded to it.
    """
    if source == "number":
        number = _number(text)
        return _double(number) if number and not _WHOLE.fullmatch(text) and _is_great(number) else number
    word = text.lower()
    if source == "boolean":
        return "True" if word in TRUE else "False" if word in FALSE else ""
    if word in ("true", "false"):
        return word.title()
    number = _number(text)
    return number if number and (number == text or str(float(text)) == text) else ""


def _number(text: str) -> str:
    """One spelling for each number, such as 1 for 1.0 and 01; empty for a text that is not a number."""
    if not _NUMBER.fullmatch(text):
        return ""
    try:
        return str(int(text))
    except ValueError:  # it has a point or an exponent, or too many digits
        number = float(text)
    return str(int(number)) if number.is_integer() else repr(number)


def _is_great(number: str) -> bool:
    return abs(float(number)) >= EXACT


def _double(number: str) -> str:
    return f"the double {float(number)!r}"
