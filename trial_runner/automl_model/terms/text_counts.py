"""Simple counts of texts: how long they are, and how many of their characters are digits or capitals."""

import numpy as np
from numpy.typing import NDArray

from automl_model.terms.characters import CodePointTable, raw_codes
from automl_model.text_column import TextColumn

COUNTS = ("characters", "words", "digits", "capitals")
"""Digits are counted as a share of all characters, capitals as a share of all letters."""
_SPACE, _LETTER, _CAPITAL, _DIGIT = 1, 2, 4, 8
_BLOCK_BYTES, _BLOCK_ROWS = 1 << 20, 1 << 16


def text_counts(column: TextColumn) -> NDArray[np.float32]:
    """The COUNTS of each text, shape (rows, 4)."""
    blocks = [_of_block(block.texts()) for block in column.blocks(_BLOCK_BYTES, _BLOCK_ROWS)]
    return np.concatenate([np.empty((0, len(COUNTS)), np.float32), *blocks])


def _of_block(texts: list[str]) -> NDArray[np.float32]:
    codes = raw_codes(texts)
    traits = _TRAITS.of(codes)
    rows = np.cumsum(codes == 0) - 1

    def count(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(rows[which], minlength=len(texts) + 1)[: len(texts)].astype(np.float64)

    space = (traits & _SPACE) > 0
    characters = count(codes > 0)
    begins = ~space & np.append(True, space[:-1])
    letters = count((traits & _LETTER) > 0)
    digits, capitals = (count((traits & trait) > 0) for trait in (_DIGIT, _CAPITAL))
    shares = (digits / np.maximum(characters, 1), capitals / np.maximum(letters, 1))
    return np.column_stack([characters, count(begins), *shares]).astype(np.float32)


def _traits_of(code: int) -> int:
    character = chr(code)
    if code == 0 or character.isspace():
        return _SPACE
    if character.isdigit():
        return _DIGIT
    return _LETTER * character.isalpha() + _CAPITAL * character.isupper()


_TRAITS = CodePointTable(_traits_of)
