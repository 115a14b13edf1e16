"""The warning about words for true and false that training did not have."""

from pathlib import Path
from typing import Any

import pytest

from builders.reading import learned

UNLIKE = "are read as true and false, unlike in training"
NEW = {
    "the other word of a pair": (["Y", "", "Y"], ["Y", "N"], [1.0, 0.0], ""),
    "a word of another pair": (["Y", "", "Y"], ["Y", "F"], [1.0, 0.0], 'words like "F" are read as y and n, unlike'),
    "words of two pairs": (["yes", "T", ""], ["no", "F"], [0.0, 0.0], ""),
    "other words than training's pair": (["yes", "no"], ["T", "F"], [1.0, 0.0], 'like "T" are read as yes and no, unlike'),
    "words after digits in training": (["1", "0"], ["yes", "no"], [1.0, 0.0], f'words like "yes" {UNLIKE}'),
    "true and false after digits in training": (["1", "0"], ["true", "FALSE"], [1.0, 0.0], ""),
}  # fmt: skip


@pytest.mark.parametrize(("trained", "cells", "read", "note"), NEW.values(), ids=NEW)
def test_words_for_booleans_that_training_did_not_have(
    trained: list[str], cells: list[Any], read: list[float], note: str, tmp_path: Path
) -> None:
    found = learned(trained * 4, "csv", tmp_path, "boolean")
    features, notes = found.read(cells, "csv", tmp_path)
    assert features.numeric[:, 0].tolist() == read
    text = "\n".join(one.message for one in notes)
    assert (note in text) if note else text == ""
