"""Points that may separate thousands or decimals are never misread without a note."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_model.encoding.encoder import Encoder
from automl_model.encoding.numeric import NumericEncoder
from builders.reading import Learned, learned, target_of

WHOLE = [str(n) for n in range(900, 20_000, 700)]
DECIMAL, THOUSANDS = "training had whole numbers only", "points are read as separators of thousands"
GROUPED = [*(f"{n // 1000}.{n % 1000:03d}" for n in range(1037, 90 * 1037, 1037)), "980", "512", "77"]
MEANT = [float(cell.replace(".", "")) for cell in GROUPED]
NEW = {
    "three places": (WHOLE, ["3.065", "1.090"], "csv", [3.065, 1.09], f'{DECIMAL}; numbers like "3.065" are read with decimals, and not as 3065'),
    "three places of a unit": (["12 g", "13 g", "1400 g"], ["1.234 g"], "csv", [1.234], DECIMAL),
    "doubles of three places": (WHOLE, [3.065, 1.09, np.nan], "frame", [3.065, 1.09, np.nan], f'{DECIMAL}; numbers like "3.065"'),
    "beside a short one": (WHOLE, ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], f'{THOUSANDS}, unlike in training, for example in "1.234"'),
    "after commas": (["1,234", "980", "12,345"], ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], THOUSANDS),
    "after spaces": (["1 234", "980", "12 345"], ["980", "1.234", "12.345"], "csv", [980, 1234, 12345], THOUSANDS),
    "after points": (["980", "1.234", "12.345"], ["1,234"], "csv", [1.234], f'{DECIMAL}; numbers like "1,234"'),
    "several points": (WHOLE, ["1.234.567", "1.234"], "csv", [1_234_567, 1234], "separators of thousands, unlike in training"),
    "other places": (WHOLE, ["980", "1.5", "1.234"], "csv", [980, 1.5, 1.234], ""),
    "a leading zero": (WHOLE, ["0.123", "1.234"], "csv", [0.123, 1.234], ""),
    "long numbers": (WHOLE, ["1234.567", "1.234"], "csv", [1234.567, 1.234], ""),
    "doubles of other places": (WHOLE, [1.5, 3.0651], "frame", [1.5, 3.0651], ""),
    "doubles beside times of day": (["07:30", "12:05"], [1.234], "frame", [1.234], "read as seconds"),
    "durations": (WHOLE, pd.to_timedelta([3.065], "s"), "frame", [3.065], ""),
    "whole doubles": (WHOLE, [1.0, 2.0], "frame", [1.0, 2.0], ""),
    "beside a stray cell": (WHOLE, [*GROUPED, "n/k"], "csv", [*MEANT, np.nan], f'{THOUSANDS}, unlike in training, for example in "1.037"'),
    "beside a first stray cell with a point": (WHOLE, ["s. note", *GROUPED], "csv", [np.nan, *MEANT], THOUSANDS),
    "beside a stray cell, with a unit": (["12 kg", "13 kg", "1400 kg"], [*(f"{one} kg" for one in GROUPED), "n/k"], "csv", [*MEANT, np.nan], THOUSANDS),
    "several points beside a stray cell": (WHOLE, [*GROUPED, "1.234.567", "n/k"], "csv", [*MEANT, 1_234_567, np.nan], THOUSANDS),
    "beside many stray cells": (WHOLE, ["980", "1.037", "n/k"], "csv", [980, 1.037, np.nan], DECIMAL),
    "beside commas and a stray cell": (["1,5", "12,25"], ["1.500", "1447,2", "n/k, so"], "csv", [1500, 1447.2, np.nan], 'points are read as separators of thousands, for example in "1.500"'),
    "a comma in a stray cell": (["1,5", "12,25"], ["1.500", "1447", "n/k, so"], "csv", [1.5, 1447, np.nan], "as decimal points, unlike in training"),
    "after decimals": (["1.234", "2.5", "980"], ["3.065"], "csv", [3.065], ""),
}  # fmt: skip


def _origin_of(found: Learned) -> float:
    """The origin that the stored numbers of the one column are relative to."""
    encoder = found.table.columns[0].encoder
    assert isinstance(encoder, NumericEncoder)
    return float(encoder.origin)


@pytest.mark.parametrize(("trained", "cells", "source", "expected", "warning"), NEW.values(), ids=NEW)
def test_thousands_are_read_or_noted(
    trained: list[str], cells: Any, source: str, expected: list[float], warning: str, tmp_path: Path
) -> None:
    found = learned(trained * 2, "csv", tmp_path)
    assert found.kind == "numeric"
    features, notes = found.read(cells, source, tmp_path)
    np.testing.assert_allclose(features.numeric[:, 0] + _origin_of(found), expected, rtol=1e-6)
    words = "\n".join(note.message for note in notes)
    assert (warning in words) if warning else words == ""


def test_the_encoder_keeps_that_training_had_whole_numbers() -> None:
    encoder = Encoder((NumericEncoder("x", whole=True),))
    assert Encoder.from_state(encoder.state()) == encoder


PLACES = {"first": 0, "second": 1, "middle": 45, "last": len(GROUPED)}
UNITS = ["", " kg"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_stray_cell_beside_thousands_is_missing_and_the_others_are_thousands(
    place: int, unit: str, tmp_path: Path
) -> None:
    cells = [f"{cell}{unit}" for cell in GROUPED]
    found = learned([*cells[:place], "#DIV/0!", *cells[place:]], "csv", tmp_path)
    np.testing.assert_allclose(np.array(found.rows) + _origin_of(found), _around(place, np.nan))
    assert "points are read as separators of thousands, because" in found.warning_text
    assert 'for example "#DIV/0!"' in found.warning_text


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_stray_cell_beside_the_thousands_of_a_target(place: int, unit: str, tmp_path: Path) -> None:
    cells = [f"{cell}{unit}" for cell in GROUPED]
    target = target_of([*cells[:place], "#DIV/0!", *cells[place:]], "csv", tmp_path)
    assert target.values.tolist() == MEANT
    said = "\n".join(warning.whole for warning in target.warnings)
    assert "points are read as separators of thousands, because" in said
    assert "#DIV/0!" in said


def _around(place: int, value: float) -> list[float]:
    return [*MEANT[:place], value, *MEANT[place:]]


def test_a_long_stray_cell_does_not_make_commas_decimal_and_a_note_says_they_are_undecided(tmp_path: Path) -> None:
    cells = [cell.replace(".", ",") for cell in GROUPED]
    assert learned([*cells, "2024 or so"], "csv", tmp_path).rows[0] == 1037
    undecided = learned([*cells[:-3], "#DIV/0!"], "csv", tmp_path)
    assert undecided.rows[0] == 1037
    assert "may separate thousands or decimals, and none of them decides" in undecided.warning_text
