"""Lists of numbers are read completely or refused."""

import numpy as np
import pytest

from automl_model.estimators.number_lists import fraction_lists, whole_number_lists


def test_lists_are_joined_and_counted() -> None:
    found = whole_number_lists(["1 -2 3", "", "40"])
    assert (found.values.tolist(), found.counts.tolist()) == ([1, -2, 3, 40], [3, 0, 1])


def test_without_lists_there_are_no_numbers() -> None:
    assert (whole_number_lists([]).values.size, fraction_lists(["", ""]).counts.tolist()) == (0, [0, 0])


def test_fractions_are_read_to_their_last_bit() -> None:
    values = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-300, 300).repeat(2)[:1000]
    text = " ".join(f"{value:.17g}" for value in values)
    assert (fraction_lists([text]).values == values).all()
    assert fraction_lists(["inf 1"], infinite=True).values.tolist() == [np.inf, 1]


@pytest.mark.parametrize("text", ["1  2", " 1", "1 ", "1\t2", "1.5.2", "1e", "-", "nan", "inf", "٣", "1_0", "0x1"])
def test_a_word_that_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller says which model it is
        fraction_lists([text])


@pytest.mark.parametrize("text", ["1.0", "1e3", "99999999999999999999", "+1"])
def test_a_number_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - likewise
        whole_number_lists([text])
