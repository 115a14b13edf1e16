"""The true values that `evaluate` compares with are read like features, and notes report how."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_model import Predictor, ReadingWarning, SchemaError
from builders.published import a_loaded_model

SIGNAL = np.random.default_rng(0).uniform(10, 20, 200)


def rows_with_target(values: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"a": SIGNAL[: len(values)], "y": values})


def a_regression(place: Path, decimal: str) -> Predictor:
    path = place / "rows.csv"
    rows_with_target([f"{100 * value:.1f}".replace(".", decimal) for value in SIGNAL]).to_csv(
        path, index=False, sep=";"
    )
    return a_loaded_model(path, place)


@pytest.fixture(scope="module")
def commas(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return a_regression(tmp_path_factory.mktemp("commas"), ",")


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return a_regression(tmp_path_factory.mktemp("points"), ".")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    place = tmp_path_factory.mktemp("whole")
    rows_with_target([f"{100 * value:.0f}" for value in SIGNAL]).to_csv(place / "rows.csv", index=False)
    return a_loaded_model(place / "rows.csv", place)


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    place = tmp_path_factory.mktemp("codes")
    rows_with_target(["007", "07", "7", "x"] * 50).to_csv(place / "rows.csv", index=False)
    return a_loaded_model(place / "rows.csv", place)


def test_points_between_thousands_are_read_beside_decimal_commas(commas: Predictor) -> None:
    frame = rows_with_target(["1.500", "1447,2", "1.500", "1542,0"])
    with pytest.warns(
        ReadingWarning, match='column "y": points are read as separators of thousands, for example in "1.500"'
    ):
        found = commas.evaluate(frame)
    assert found == commas.evaluate(rows_with_target(["1500", "1447,2", "1500", "1542,0"]))


def test_commas_are_read_although_training_had_points(points: Predictor) -> None:
    frame = rows_with_target([f"{100 * value:.1f}" for value in SIGNAL[:9]])
    with pytest.warns(ReadingWarning, match='column "y": numbers are read with decimal commas, unlike in training'):
        found = points.evaluate(frame.assign(y=frame["y"].str.replace(".", ",")))
    assert found == points.evaluate(frame)


REFUSED = {
    "two readings": (["1,234", "1,500"], '"y" holds numbers like "1,234", .* can be read in two ways'),
    "no numbers": (["many", "few"], 'column "y" holds values like "many", but the model was trained on numbers'),
    "nothing": (["", ""], 'no row has a number in "y"; scoring needs true values'),
}


@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_unreadable_values_are_refused_with_the_true_reason(points: Predictor, values: list[str], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        points.evaluate(rows_with_target(values))


DECIMALS = 'column "y": training had whole numbers only; numbers like "1.234" are read with decimals, and not as 1234'
THOUSANDS = {
    "between thousands": (
        ["980", "1.234", "1.500"],
        [980, 1234, 1500],
        "points are read as separators of thousands, unlike",
    ),
    "as decimals": (["1.234", "1.500"], [1.234, 1.5], DECIMALS),
    "doubles": ([1.234, 1.5], ["1.234", "1.50"], DECIMALS),
}


@pytest.mark.parametrize(("values", "meant", "words"), THOUSANDS.values(), ids=THOUSANDS)
def test_if_training_had_whole_numbers_thousands_are_read_or_noted(
    whole: Predictor, values: list[Any], meant: list[Any], words: str
) -> None:
    with pytest.warns(ReadingWarning, match=words):
        found = whole.evaluate(rows_with_target(values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadingWarning)
        assert found == whole.evaluate(rows_with_target(meant))


def test_whole_numbers_need_no_note_if_training_had_whole_numbers(whole: Predictor) -> None:
    assert whole.evaluate(rows_with_target([1234, 1500])) == whole.evaluate(rows_with_target(["1234", "1500"]))


def test_a_typed_label_that_may_be_several_classes_has_a_note(codes: Predictor) -> None:
    expected = (
        'column "y": numbers like "7" match several values of training, such as "007" and "07"; give the column as text'
    )
    with pytest.warns(ReadingWarning, match=expected):
        codes.evaluate(rows_with_target([7, 7]))


def warnings_of(model: Predictor, values: list[Any]) -> list[str]:
    """All warnings of `evaluate`."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        model.evaluate(rows_with_target(values))
    return [str(warning.message) for warning in found]


NO_NUMBER = '{} of {} rows have no number in "y" ({}) and are left out'
NO_CLASS = (
    '{} of {} rows have a value in "y" that is not a class of the model ({}); they count as wrong; only the'
    " other {} rows count for roc_auc_ovr and roc_auc_ovo"
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["1.5", "2.5", "odd", "3.5"], [NO_NUMBER.format(1, 4, '"odd" in 1')], id="a text"),
        pytest.param(["1.5", "2.5", "-", "3.5"], [NO_NUMBER.format(1, 4, '"-" in 1')], id="a placeholder"),
        pytest.param(["1.5", "2.5", "3.5"], [], id="nothing"),
        pytest.param(
            ["1,5", "2,25"],
            ['column "y": numbers are read with decimal commas, unlike in training, for example "1,5"'],
            id="a notation",
        ),
    ],
)
def test_each_value_that_is_not_a_number_has_one_note(
    points: Predictor, values: list[Any], expected: list[str]
) -> None:
    assert warnings_of(points, values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["x", "7", "YES"], [NO_CLASS.format(1, 3, '"YES" in 1', 2)], id="an unknown class"),
        pytest.param(["x", "NA"], [NO_CLASS.format(1, 2, '"NA" in 1', 1)], id="a word for missing"),
        pytest.param(["x", None], ['1 of 2 rows have no value in "y" and are left out'], id="nothing"),
        pytest.param(["x", "007"], [], id="classes"),
    ],
)
def test_each_label_that_is_no_class_has_one_note(codes: Predictor, values: list[Any], expected: list[str]) -> None:
    assert warnings_of(codes, values) == expected


def test_typed_labels_have_one_note(codes: Predictor) -> None:
    several = (
        'column "y": numbers like "7" match several values of training, such as "007" and "07"; give the column as text'
    )
    assert warnings_of(codes, [7, 7, 8]) == [several, NO_CLASS.format(1, 3, '"8" in 1', 2)]
    with pytest.raises(SchemaError, match='no row has a value of "y" that the model knows'):
        warnings_of(codes, ["YES", "NO"])
