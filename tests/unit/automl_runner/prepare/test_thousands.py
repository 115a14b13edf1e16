"""A point that may part thousands is never read as a decimal one, or the other way round, without a word."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_model.encoding.encoder import Encoder
from automl_model.encoding.numeric import NumericEncoder
from builders.reading import learned

WHOLE = [str(n) for n in range(900, 20_000, 700)]
DECIMAL, THOUSANDS = "training had whole numbers only", "points are read between thousands"
NEW = {
    "three places": (WHOLE, ["3.065", "1.090"], "csv", [3.065, 1.09], f'{DECIMAL}; numbers like "3.065" are read with decimals, and not as 3065'),
    "three places of a unit": (["12 g", "13 g", "1400 g"], ["1.234 g"], "csv", [1.234], DECIMAL),
    "doubles of three places": (WHOLE, [3.065, 1.09, np.nan], "frame", [3.065, 1.09, np.nan], f'{DECIMAL}; numbers like "3.065"'),
    "beside a short one": (WHOLE, ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], f'{THOUSANDS}, unlike in training, for example in "1.234"'),
    "after commas": (["1,234", "980", "12,345"], ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], THOUSANDS),
    "after spaces": (["1 234", "980", "12 345"], ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], THOUSANDS),
    "after points": (["980", "1.234", "12.345"], ["1,234"], "csv", [1.234], f'{DECIMAL}; numbers like "1,234"'),
    "several points": (WHOLE, ["1.234.567", "1.234"], "csv", [1_234_567, 1234], "between thousands, unlike in training"),
    "other places": (WHOLE, ["980", "1.5", "1.234"], "csv", [980, 1.5, 1.234], ""),
    "a leading zero": (WHOLE, ["0.123", "1.234"], "csv", [0.123, 1.234], ""),
    "long numbers": (WHOLE, ["1234.567", "1.234"], "csv", [1234.567, 1.234], ""),
    "doubles of other places": (WHOLE, [1.5, 3.0651], "frame", [1.5, 3.0651], ""),
    "doubles beside times of day": (["07:30", "12:05"], [1.234], "frame", [1.234], "read as seconds"),
    "durations": (WHOLE, pd.to_timedelta([3.065], "s"), "frame", [3.065], ""),
    "whole doubles": (WHOLE, [1.0, 2.0], "frame", [1.0, 2.0], ""),
    "after decimals": (["1.234", "2.5", "980"], ["3.065"], "csv", [3.065], ""),
}  # fmt: skip


@pytest.mark.parametrize(("trained", "cells", "source", "expected", "said"), NEW.values(), ids=NEW)
def test_thousands_are_read_or_said(
    trained: list[str], cells: Any, source: str, expected: list[float], said: str, tmp_path: Path
) -> None:
    found = learned(trained * 2, "csv", tmp_path)
    assert found.kind == "numeric"
    features, notes = found.read(cells, source, tmp_path)
    np.testing.assert_allclose(features.numeric[:, 0] + found.table.columns[0].encoder.origin, expected, rtol=1e-6)  # type: ignore[union-attr]
    words = "\n".join(note.message for note in notes)
    assert (said in words) if said else words == ""


def test_that_training_was_whole_is_kept() -> None:
    encoder = Encoder((NumericEncoder("x", whole=True),))
    assert Encoder.from_state(encoder.state()) == encoder
