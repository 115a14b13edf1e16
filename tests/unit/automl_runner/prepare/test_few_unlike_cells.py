"""A few unusual cells do not decide the kind of a column, and a note reports how they are read."""

from pathlib import Path

import pytest

from builders.reading import learned, target_of

DECIMALS = [f"{n / 10:.1f}" for n in range(11, 411)]
WHOLE = [str(3 * n + 100) for n in range(400)]
LONG = [f"{100 + n * 0.2917:.4f}" for n in range(2999)]
NUMBERS = {
    "a padded cell among decimals": ([*DECIMALS, "07.5"], 'leading zeros, as codes have, and are read as numbers; for example "07.5"'),
    "a padded cell among whole numbers": ([*WHOLE, "0120"], '1 of 401 cells of "x" have leading zeros'),
    "another spelling": ([*DECIMALS[:90], "7.50", "7.5"], 'spells some numbers in two ways, which are read as the same; for example "7.5 and 7.50"'),
    "many rows of the usual spelling": ([*["7.5", "1.5", "2.5"] * 20, "7.50"], 'for example "7.5 and 7.50"'),
    "a padded cell among long decimals": ([*LONG, "07.5000"], 'for example "07.5000"'),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "note"), NUMBERS.values(), ids=NUMBERS)
def test_a_few_cells_spelled_as_codes_are_numbers_and_the_first_is_named(
    cells: list[str], note: str, tmp_path: Path
) -> None:
    found = learned(cells, "csv", tmp_path)
    assert found.kind == "numeric"
    assert found.distinct == len({float(cell) for cell in cells})
    assert note in found.warning_text


@pytest.mark.parametrize(("cells", "note"), NUMBERS.values(), ids=NUMBERS)
def test_a_target_with_a_few_cells_spelled_as_codes_is_numbers(cells: list[str], note: str, tmp_path: Path) -> None:
    target = target_of(cells, "csv", tmp_path)
    assert target.task == "regression"
    assert target.values.tolist() == [float(cell) for cell in cells]
    assert note in "\n".join(warning.whole for warning in target.warnings)


PADDED = "numbers with leading zeros, as codes have, in {} of 100 cells, and is read as {}"
CODES = {
    "five of a hundred": (["01.5"] * 5 + ["12.5", "13.5", "14.5", "15.5", "16.5"] * 19, PADDED.format(5, "{}")),
    "each of another kind": ([f"{n:05d}" for n in range(9_000, 11_000, 20)], PADDED.format(50, "{}")),
    "versions": (["1.1", "1.10", "2.0", "2.1"] * 25, "spells one number in different ways and is read as {}"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "note"), CODES.values(), ids=CODES)
def test_from_five_percent_on_they_are_codes_and_a_note_says_so(cells: list[str], note: str, tmp_path: Path) -> None:
    found = learned(cells, "csv", tmp_path)
    assert found.kind != "numeric"
    assert note.format("categories") in found.warning_text
    target = target_of(cells, "csv", tmp_path)
    assert len(target.classes) == len(set(cells))
    assert note.format("classes") in "\n".join(warning.whole for warning in target.warnings)


@pytest.mark.parametrize("cells", [["01", "02", "10"] * 40, ["1", "2", "3"] * 40], ids=["codes", "numbers"])
def test_few_whole_numbers_are_classes_with_and_without_leading_zeros(cells: list[str], tmp_path: Path) -> None:
    target = target_of(cells, "csv", tmp_path)
    assert target.classes == tuple(sorted(set(cells)))
    assert target.warnings == ()


def test_a_column_that_the_user_calls_categories_needs_no_note(tmp_path: Path) -> None:
    assert learned(["01", "12"] * 40, "csv", tmp_path, "categorical").warning_text == ""
