"""Years of two digits are read as 1969 to 2068, an assumption that a note reports with the latest date."""

from pathlib import Path

import pandas as pd
import pytest

from builders.preparing import a_table, prepare_file
from builders.reading import learned

READ = 'years of two digits, which are read as 1969 to 2068; write them with four digits if that is wrong; for example "{}"'
BIRTHS = {
    "with points": ("{:%d.%m.%y}", "27.12.67"),
    "in words": ("{:%d-%b-%y}", "27-Dec-67"),
    "four digits": ("{:%d.%m.%Y}", ""),
}


@pytest.mark.parametrize(("written", "latest"), BIRTHS.values(), ids=BIRTHS)
def test_years_of_two_digits_have_a_note(written: str, latest: str, tmp_path: Path) -> None:
    days = pd.to_datetime(["1954-10-09", "1967-12-27", "1980-05-31", "2001-11-15"])
    found = learned([written.format(day) for day in days] * 4, "csv", tmp_path)
    assert found.kind == "datetime"
    assert (READ.format(latest) in found.warning_text) if latest else found.warning_text == ""


def test_two_digit_years_in_the_time_column_have_a_note_too(tmp_path: Path) -> None:
    table = {
        **a_table(100),
        "when": [f"{day:%d.%m.%y}" for day in pd.date_range("1954-10-09", periods=100, freq="200D")],
    }
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    run = prepare_file(tmp_path / "rows.csv", tmp_path, evaluation={"timeColumn": "when"})
    assert [note.column for note in run.warnings_with("Repaired") if "of two digits" in note.message] == ["when"]
