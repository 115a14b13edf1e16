"""Turns texts into code points with a class for each, whatever the language; Unicode's categories decide.

Texts are in lower case and in the normal form NFKC, so that one word has one spelling. Marks belong to the character
before them. Invisible characters, such as joiners and marks of direction, are dropped.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPACE, PUNCTUATION, WORD, UNSPACED, SYMBOL, END = range(6)
"""The classes. UNSPACED: a letter of a script without spaces between words. END: the end of a text."""
_MARK, _DROPPED = 6, 7
_SEPARATOR = "\0"
_UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF), (0x1A20, 0x1AAF),  # Tai Le, New Tai Lue, Tai Tham
    (0x3040, 0x30FF), (0x31F0, 0x31FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),  # Chinese characters
)  # fmt: skip
_CODE_POINTS, _UNKNOWN = 0x110000, 255
_VARIATIONS = range(0xFE00, 0xFE10)
_SPACES = ("\t", "\n", "\v", "\f", "\r", "\x85")


class CodePointTable:
    """A number from 0 to 254 for each code point, found when the code point first occurs."""

    def __init__(self, number_of: Callable[[int], int]) -> None:
        self._number_of = number_of
        self._numbers = np.full(_CODE_POINTS, _UNKNOWN, np.uint8)

    def of(self, codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """The numbers of code points."""
        numbers = self._numbers[codes]
        new = numbers == _UNKNOWN
        if new.any():
            for code in np.unique(codes[new]).tolist():
                self._numbers[code] = self._number_of(code)
            numbers = self._numbers[codes]
        return numbers


@dataclass(frozen=True)
class Characters:
    """Several texts, one after the other, each with an END after it, and one END before the first.

    codes: uint32, the code points. classes: uint8. marks: True for a mark, whose class is that of its base.
    """

    codes: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    marks: NDArray[np.bool_]


def characters_of(texts: list[str]) -> Characters:
    """The characters of texts."""
    joined = _joined(texts).lower()
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    codes = _codes(joined)
    classes = _CLASSES.of(codes)
    kept = classes != _DROPPED
    if not kept.all():
        codes, classes = codes[kept], classes[kept]
    marks = classes == _MARK
    return Characters(codes, _of_bases(classes, marks) if marks.any() else classes, marks)


def raw_codes(texts: list[str]) -> NDArray[np.uint32]:
    """The code points of texts as they are, with an END (0) before the first and after each."""
    return _codes(_joined(texts))


def _joined(texts: list[str]) -> str:
    clean = [text.replace(_SEPARATOR, " ") if _SEPARATOR in text else text for text in texts]
    return _SEPARATOR.join(["", *clean, ""])


def _codes(joined: str) -> NDArray[np.uint32]:
    return np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)


def _class_of(code: int) -> int:
    character = chr(code)
    category = unicodedata.category(character)
    if character == _SEPARATOR:
        return END
    if category == "Cf" or code in _VARIATIONS:
        return _DROPPED
    if category[0] == "Z" or category == "Cc":
        return SPACE if category[0] == "Z" or character in _SPACES else _DROPPED
    if category[0] == "M":
        return _MARK
    if category[0] == "L" and any(low <= code <= high for low, high in _UNSPACED_RANGES):
        return UNSPACED
    if category[0] in "LN" or category == "Pc":
        return WORD
    return PUNCTUATION if category[0] == "P" else SYMBOL


def _of_bases(classes: NDArray[np.uint8], marks: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The classes, with that of the base for each mark; a mark without a base is a letter."""
    places = np.arange(len(classes))
    bases = classes[np.maximum.accumulate(np.where(marks, 0, places))]
    alone = marks & ~np.isin(bases, (WORD, UNSPACED, SYMBOL))
    return np.where(alone, np.uint8(WORD), bases)


_CLASSES = CodePointTable(_class_of)
