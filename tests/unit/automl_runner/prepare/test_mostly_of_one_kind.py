"""A note with an example of each kind, for columns mostly of one kind with too many others to be read as missing."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from builders.preparing import a_table, prepare_file
from builders.reading import learned, target_of

DAYS = [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(54)]
KILOS = [f"{n}.5 kg" for n in range(54)]
MOSTLY = {
    "dates": ([*DAYS, *["no date"] * 6], "mixes dates (54 of 60 rows)", "2024-01-01 and no date"),
    "amounts": ([*KILOS, *["heavy"] * 6], "mixes numbers with the unit kg (54 of 60 rows)", "0.5 kg and heavy"),
    "times of day": ([f"{n % 24:02d}:30" for n in range(54)] + ["late"] * 6, "mixes times of day (54 of 60 rows)", "00:30 and late"),
    "numbers": ([f"{n}.5" for n in range(54)] + ["many"] * 6, "mixes numbers (54 of 60 rows)", "0.5 and many"),
    "decimal commas": ([f"{n},5" for n in range(54)] + ["many"] * 6, "mixes numbers with decimal commas (54 of", "0,5 and many"),
    "half": ([*KILOS[:30], *["heavy"] * 30], "mixes numbers with the unit kg (30 of 60 rows)", "0.5 kg and heavy"),
}  # fmt: skip
FEW = {
    "few numbers": (["a", "b", "c"] * 19 + ["1"] * 3, "mixes numbers (3 of 60 rows)"),
    "few amounts": (["a", "b", "c"] * 19 + ["1 kg"] * 3, ""),
}


@pytest.mark.parametrize(("cells", "what", "both"), MOSTLY.values(), ids=MOSTLY)
def test_a_column_mostly_of_one_kind_has_a_note_with_an_example_of_each(
    cells: list[str], what: str, both: str, tmp_path: Path
) -> None:
    said = learned(cells, "csv", tmp_path).warning_text
    assert f'"x" {what}' in said
    assert "with cells that are not written like them, and is read as categories" in said
    assert f'for example "{both}"' in said


@pytest.mark.parametrize(("cells", "what", "both"), MOSTLY.values(), ids=MOSTLY)
def test_a_target_mostly_of_one_kind_has_a_note_with_an_example_of_each(
    cells: list[str], what: str, both: str, tmp_path: Path
) -> None:
    said = "\n".join(warning.whole for warning in target_of(cells, "csv", tmp_path).warnings)
    assert f'the target "x" {what}' in said
    assert "is read as classes" in said
    assert f'for example "{both}"' in said


@pytest.mark.parametrize(("cells", "note"), FEW.values(), ids=FEW)
def test_a_few_cells_of_another_kind(cells: list[str], note: str, tmp_path: Path) -> None:
    text = learned(cells, "csv", tmp_path).warning_text
    assert (note in text) if note else text == ""


def test_a_column_left_out_for_its_many_texts_is_reported_as_mostly_dates(tmp_path: Path) -> None:
    note = learned(
        [*(f"2024-01-{n:02d}" for n in range(1, 28)), "soon", "later", "never"], "csv", tmp_path
    ).warning_text
    assert "a different text in every row" in note
    assert "mixes dates (27 of 30 rows)" in note


def test_columns_with_different_rare_texts_are_not_duplicates(tmp_path: Path) -> None:
    table: dict[str, Any] = {**a_table(60), "day": [*DAYS, *["unknown date"] * 6], "weight": [*KILOS, *["heavy"] * 6]}
    table["again"] = table["weight"]
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    run = prepare_file(tmp_path / "rows.csv", tmp_path)
    assert [(note.column, note.message) for note in run.warnings_with("DuplicateColumn")] == [
        ("again", '"again" says the same as "weight" in every row and is left out')
    ]
