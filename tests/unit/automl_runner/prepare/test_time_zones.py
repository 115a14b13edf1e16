"""The encoder keeps whether training times had a zone; a difference may mean hours and gets a note."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from builders.reading import learned

ZONED = [f"2024-06-{day:02d}T10:00:00+02:00" for day in range(1, 29)]
NAIVE = [cell[:19] for cell in ZONED]
TYPED = pd.date_range("2024-06-01 10:00", periods=28)
NO_ZONE, A_ZONE = "have no time zone, unlike in training, and are read as UTC", "have a time zone, unlike in training"
NEW = {
    "no zone, unlike training": (ZONED, NAIVE[:2], "csv", f'times like "2024-06-01T10:00:00" {NO_ZONE}'),
    "a zone, unlike training": (NAIVE, [NAIVE[0], ZONED[1]], "csv", f'times like "2024-06-02T10:00:00+02:00" {A_ZONE}'),
    "named UTC, unlike training": (NAIVE, ["2024-06-01 10:00:00 UTC"], "csv", f'"2024-06-01 10:00:00 UTC" {A_ZONE}'),
    "days without zones, unlike training": (ZONED, ["2024-06-01"], "csv", NO_ZONE),
    "alike": (ZONED, ["2024-06-01T08:00:00Z"], "csv", ""),
    "none, alike": (NAIVE, NAIVE, "csv", ""),
    "none by type": (TYPED.tz_localize("Europe/Berlin"), TYPED, "frame", 'times like "2024-06-01 10:00:00'),
    "some by type": (TYPED, TYPED.tz_localize("UTC"), "frame", A_ZONE),
    "alike by type": (TYPED, TYPED, "frame", ""),
    "from one type to a text": (TYPED.tz_localize("UTC"), NAIVE, "csv", NO_ZONE),
}  # fmt: skip


@pytest.mark.parametrize(("trained", "cells", "source", "note"), NEW.values(), ids=NEW)
def test_another_use_of_zones_than_in_training_has_a_note(
    trained: Any, cells: Any, source: str, note: str, tmp_path: Path
) -> None:
    found = learned(trained, "frame" if isinstance(trained, pd.DatetimeIndex) else "csv", tmp_path)
    assert found.warning_text == ""
    _, notes = found.read(cells, source, tmp_path)
    text = "\n".join(one.message for one in notes)
    assert (note in text) if note else text == ""


def test_zones_in_some_training_cells_have_a_note_and_new_rows_may_have_either(tmp_path: Path) -> None:
    found = learned([*ZONED[:20], *NAIVE[20:]], "csv", tmp_path)
    assert 'have no time zone, unlike the others, and are read as UTC; for example "2024-06-21T10' in found.warning_text
    for cells in (ZONED, NAIVE):
        features, notes = found.read(cells, "csv", tmp_path)
        assert notes == ()
        assert not np.isnan(features.numeric).any()
