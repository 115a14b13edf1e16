"""New rows: each cell is read as in training, or a note says otherwise, or the rows are refused (I10)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_model.encoding import SchemaError
from builders.cells import COMMAS, ID, POINTS, often
from builders.reading import learned


@dataclass(frozen=True)
class NewRows:
    """`alike`: for each new cell the training cell that it equals, or None if it is missing or unseen."""

    trained: Any
    cells: Any
    alike: list[Any] | None
    note: str = ""
    source: str = "csv"
    trained_on: str = "csv"


MONTH_FIRST = [f"{1 + n % 12:02d}/{1 + n % 28:02d}/2024" for n in range(60)] + ["12/25/2024", "06/05/2024"]
ISO = ["2024-06-05"] + [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(60)]
DAY_FIRST = ["25/06/2024", "05/06/2024"] + [f"{1 + n % 28:02d}/{1 + n % 12:02d}/2024" for n in range(60)]
NEW = {
    "integers for levels": NewRows(often("1", "2", "x"), [1, 2], ["1", "2"], source="frame"),
    "floats with gaps for levels": NewRows(often("1", "2", "x"), [1.0, 2.0, None], ["1", "2", None], source="frame"),
    "floats in csv for levels": NewRows(often("1", "2", "x"), ["1.0", "2.0"], ["1", "2"]),
    "booleans for levels": NewRows(often("True", "False", "x"), [True, False], ["True", "False"], source="frame"),
    "numbers for codes": NewRows(often("01", "02", "10"), [1, 2, 10], ["01", "02", "10"], source="frame"),
    "codes": NewRows(often("01", "02", "10"), ["01", "1", "10"], ["01", None, "10"], source="frame"),
    "versions": NewRows(often("1.1", "1.10", "x"), ["1.10", "1.1", "1.100"], ["1.10", "1.1", None], source="frame"),
    "categories of numbers in csv": NewRows(pd.Categorical(often(1, 2, 3)), ["1", "2"], [1, 2], trained_on="frame"),
    "the country NA in csv": NewRows(often("NA", "DE", "FR"), ["NA", "DE"], ["NA", "DE"], trained_on="frame"),
    "words for booleans": NewRows(often(True, False), ["True", "False"], [True, False], trained_on="frame"),
    "commas for points": NewRows(POINTS, ["12,5", "7,5"], ["12.5", "7.5"], 'decimal commas, unlike in training, for example "12,5"'),
    "points for commas": NewRows(COMMAS, ["12.5", "7.5"], ["12,5", "7,5"], 'as decimal points, unlike in training, for example in "12.5"'),
    "points beside commas": NewRows(COMMAS, ["12,5", "7.5"], ["12,5", "7,5"], 'as decimal points, beside decimal commas, for example in "7.5"'),
    "thousands beside commas": NewRows([*COMMAS, "1000,5"], ["1.000,5", "12,5"], ["1000,5", "12,5"], "unlike in training"),
    "one odd cell": NewRows(POINTS, ["12.5", "7.5", "1.5", "n/k"], ["12.5", "7.5", "1.5", None], '1 of 4 cells are not numbers and are read as missing; the first is "n/k"'),
    "commas that may be either": NewRows(POINTS, ["1,234", "12,500"], None, "can be read in two ways"),
    "mostly unreadable": NewRows(POINTS, ["12.5", "twelve", "thirteen"], None, '2 of 3 cells are not numbers'),
    "the day first": NewRows(MONTH_FIRST, ["25/12/2024", "05/06/2024"], ["12/25/2024", "06/05/2024"], "are read as DD/MM/YYYY, unlike in training"),
    "both orders": NewRows(MONTH_FIRST, ["25/12/2024", "12/25/2024", "05/06/2024"], None, "not written as in training (MM/DD/YYYY), and it is not certain which number is the day"),
    "another order that nothing decides": NewRows(ISO, ["05/06/2024", "06/05/2024"], None, "not certain which number is the day"),
    "another notation": NewRows(ISO, ["05.06.2024"], ["2024-06-05"], "are read as DD.MM.YYYY, unlike in training"),
    "iso dates": NewRows(DAY_FIRST, ["2024-06-05"], ["05/06/2024"]),
    "dates by type": NewRows(ISO, pd.to_datetime(["2024-06-05"]), ["2024-06-05"], source="frame"),
    "infinite": NewRows(POINTS, [np.inf, 1.5], [None, "1.5"], "1 infinite values are read as missing", source="frame"),
    "a unit that is not there": NewRows(often("12 kg", "13 kg"), ["12", "13 kg"], ["12 kg", "13 kg"], 'numbers without kg are read as if they had it, for example "12"'),
    "numbers by type without the unit": NewRows(often("12.5 kg", "13 kg"), [12.5, 13], ["12.5 kg", "13 kg"], 'numbers without kg are read as if they had it, for example "12.5"', source="frame"),
    "durations without the unit": NewRows(often("12 kg", "13 kg"), pd.to_timedelta([12, 13], "s"), ["12 kg", "13 kg"], "numbers without kg are read", source="frame"),
    "a notation without the unit": NewRows(often("12.5 kg", "13 kg"), ["12,5 kg", "13"], ["12.5 kg", "13 kg"], 'numbers without kg are read as if they had it, for example "13"'),
    "numbers by type for times of day": NewRows(often("07:30", "12:05"), [27000.0], ["07:30"], 'numbers are read as seconds, unlike in training, for example "27000"', source="frame"),
    "numbers for times of day": NewRows(often("07:30", "12:05"), ["27000"], ["07:30"], 'numbers are read as seconds, unlike in training, for example "27000"'),
    "points for times of day": NewRows(often("07:30", "12:05"), ["980", "1.234"], None, "can be read in two ways"),
    "times of day by type": NewRows(often("07:30", "12:05"), pd.to_timedelta(["07:30:00"]), ["07:30"], source="frame"),
    "points beside commas and spaces": NewRows([f"1 {n}00,5" for n in range(1, 9)], ["1 100,5", "1200.5"], ["1 100,5", "1 200,5"], 'beside decimal commas, for example in "1200.5"'),
    "another unit": NewRows(often("12 kg", "13 kg"), ["12 lb", "13 lb"], None, "but the model was trained on numbers"),
    "thousands": NewRows(often("980", "1.234", "12.345"), ["1.234", "980"], ["1.234", "980"]),
    "keys of 19 digits": NewRows([str(ID + n) for n in (1, 2, 4) * 4], [ID + 2, ID + 4], [str(ID + 2), str(ID + 4)], source="frame"),
    "other words for booleans": NewRows(often("yes", "no"), ["T", "F"], ["yes", "no"], 'words like "T" are read as yes and no'),
    "levels never seen": NewRows(often("a", "b"), ["A", "B"], [None, None], 'no value was seen in training, for example "A"'),
}  # fmt: skip


@pytest.mark.parametrize("row", NEW.values(), ids=NEW)
def test_new_rows_are_read_as_in_training(row: NewRows, tmp_path: Path) -> None:
    found = learned(row.trained, row.trained_on, tmp_path)
    if row.alike is None:
        with pytest.raises(SchemaError) as raised:
            found.read(row.cells, row.source, tmp_path)
        assert row.note in str(raised.value)
        return
    features, notes = found.read(row.cells, row.source, tmp_path)
    arrays = features.codes if found.kind == "categorical" else features.numeric
    seen = dict(zip(list(row.trained), found.rows, strict=True))
    for cell, value in zip(row.alike, arrays[:, 0].tolist(), strict=True):
        assert value in (0, 1) or np.isnan(value) if cell is None else value == seen[cell]
    text = "\n".join(note.message for note in notes)
    assert (row.note in text) if row.note else text == ""
