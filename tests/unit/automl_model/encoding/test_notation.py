"""Numbers are read in the notation of their column; new rows are read in the notation of the training column."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_model.encoding.notation import PLAIN, Notation, differs, notation_of, read_numbers, undecided
from automl_model.encoding.texts import Texts


def texts(*values: str | None) -> Texts:
    return Texts.of(pa.array(values, pa.string()))


def read(column: Texts, notation: Notation) -> list[float]:
    return [float(value) for value in column.spread(read_numbers(column, notation), np.nan)]


READ = {
    "plain": (["1", "-2.5", "1e3"], PLAIN, [1, -2.5, 1000]),
    "a point alone is decimal": (["1.234", "5.678"], PLAIN, [1.234, 5.678]),
    "decimal commas": (["3,14", "-2", "+,5", "1,5E3"], Notation(","), [3.14, -2, 0.5, 1500]),
    "decimal commas of three places": (["0,250", "1,500"], Notation(","), [0.25, 1.5]),
    "a long number has no groups": (["1234", "1,500"], Notation(","), [1234, 1.5]),
    "commas between thousands": (["1,234.50", "2.5", "12,345,678"], Notation(".", ","), [1234.5, 2.5, 12345678]),
    "commas that might be either": (["1,234", "12,500"], Notation(".", ","), [1234, 12500]),
    "points between thousands": (["1.234,50", "2,5", "1.000"], Notation(",", "."), [1234.5, 2.5, 1000]),
    "points twice": (["1.234.567", "1.234"], Notation(",", "."), [1234567, 1234]),
    "spaces": (["1 234", "56", "1 234 567.5"], Notation(".", " "), [1234, 56, 1234567.5]),
    "spaces that do not break": (["1\u202f234,5", "12\u00a0345"], Notation(",", " "), [1234.5, 12345]),
    "apostrophes": (["1'234.50", "1\u2019000"], Notation(".", "'"), [1234.5, 1000]),
    "percent": (["12%", "3.5 %"], Notation(unit="%"), [12, 3.5]),
    "percent with commas": (["12,5 %", "-3 %"], Notation(",", unit="%"), [12.5, -3]),
    "dollars": (["$1,234.50", "-$5", "$-3"], Notation(".", ",", "$"), [1234.5, -5, -3]),
    "euros": (["5 €", "1.234,50 €"], Notation(",", ".", "€"), [5, 1234.5]),
    "gaps in between": (["1,5", "-", "unknown", "2,5"], Notation(","), [1.5, np.nan, np.nan, 2.5]),
}


@pytest.mark.parametrize(("values", "notation", "numbers"), READ.values(), ids=READ)
def test_a_column_is_read_in_its_notation(values: list[str], notation: Notation, numbers: list[float]) -> None:
    column = texts(*values)
    assert notation_of(column) == notation
    np.testing.assert_array_equal(read(column, notation), numbers)
    assert Notation.from_state(notation.state()) == notation


NO_NUMBERS = {
    "two notations": (["1,5", "1.5"], True),
    "commas and points in both roles": (["1,234.5", "1.234,5"], True),
    "a text among them": (["1,5", "some"], False),
    "lists": (["1,2,3", "4,5"], False),
    "dates": (["31.01.2024", "01.02.2024"], False),
    "addresses": (["192.168.0.1", "10.0.0.1"], False),
    "groups that start with zero": (["012 345", "023 456"], False),
    "two currencies": (["$5", "€5"], True),
    "a sign in some": (["5%", "6"], True),
    "phone numbers": (["+49 30 1234", "+49 30 5678"], False),
    "a unit alone": (["%", "%"], False),
    "nothing": (["", "NA"], False),
}


@pytest.mark.parametrize(("values", "alike"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_column_with_mixed_notations_has_none(values: list[str], alike: bool) -> None:
    column = texts(*values)
    assert notation_of(column) is None
    assert differs(column) == alike


UNDECIDED = {
    "all of three places": (["1,234", "12,500", "0"], True),
    "short ones without a comma": (["1,234", "999"], False),
    "two commas": (["1,234,567", "1,234"], False),
    "a point too": (["1,234.5", "1,234"], False),
    "decimal commas": (["1,23", "1,234"], False),
}


@pytest.mark.parametrize(("values", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_commas_are_undecided_only_if_no_cell_decides(values: list[str], expected: bool) -> None:
    column = texts(*values)
    found = notation_of(column)
    assert found is not None
    assert undecided(column, found) == expected


def test_new_rows_may_be_plain_unless_points_separate_thousands() -> None:
    assert read(texts("3.5", "3,5"), Notation(",")) == [3.5, 3.5]
    np.testing.assert_array_equal(read(texts("3.55", "1.000"), Notation(",", ".")), [np.nan, 1000])


def test_a_notation_has_a_description() -> None:
    assert str(Notation(",", ".", "€")) == 'decimal commas and "." between thousands and the sign €'


@given(
    numbers=st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8),
    notation=st.sampled_from([Notation(d, g, u) for d in ".," for g in ("", ",", ".", " ", "'") if g != d for u in ("", "%", "$")]),
)  # fmt: skip
def test_a_number_written_in_a_notation_is_read_back(numbers: list[Decimal], notation: Notation) -> None:
    swap = {",": notation.group, ".": notation.decimal}
    written = ["".join(swap.get(letter, letter) for letter in f"{number:,.2f}") + notation.unit for number in numbers]
    column = texts(*written)
    found = notation_of(column)
    assert found is not None
    assert read(column, found) == read(column, notation) == [float(number) for number in numbers]


@given(
    unit=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=14),
    sign=st.sampled_from(["", "%", "$", "€"]),
)
def test_a_learned_unit_is_valid_in_a_model(unit: str, sign: str) -> None:
    found = notation_of(texts(*(f"{number}{unit}{sign}" for number in (1, 2.5, 7))))
    assert found is None or Notation.from_state(found.state()) == found
