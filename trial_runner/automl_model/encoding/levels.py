"""What a cell means among levels that spell it otherwise: 1067 is the code "01067", "2" the double 2.0, "FALSE" False.

A frame may hold as numbers what was text in training, and a file as text what was a number or a boolean; as long as one
level alone means the same, it is certain which one.
"""

import re
from collections.abc import Iterable

from automl_model.encoding.column import Source
from automl_model.encoding.literals import FALSE, TRUE
from automl_model.exact import EXACT

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


def by_meaning(levels: Iterable[str], source: Source) -> dict[str, list[int]]:
    """The places of the levels that mean the same to cells of a source, by what `meaning` says of them."""
    found: dict[str, list[int]] = {}
    for place, level in enumerate(levels):
        for key in _keys(level, source):
            found.setdefault(key, []).append(place)
    return found


def _keys(level: str, source: Source) -> set[str]:
    """What cells of a source may mean a level by; a great number by itself, and by the double that it is rounded to."""
    if source == "number" and (number := _number(level)):
        return {number, _double(number)} if _is_great(number) else {number}
    return {meaning(level, source)} - {""}


def meaning(text: str, source: Source) -> str:
    """One spelling for all that mean the same to cells of a source; nothing for what is itself alone.

    To typed numbers all texts of a number are one, and to booleans all words of a truth value; to texts, whose spelling
    may matter, only those that programs write. A double beyond 2**53 may be any number that is rounded to it.
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
    """One spelling for each number, as 1 for 1.0 and 01; nothing for what is none."""
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
