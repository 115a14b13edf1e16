"""The true values that `evaluate` compares with are read as features are, and what was done is said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_model import Predictor, ReadingWarning, SchemaError
from builders.published import a_model

SIGNAL = np.random.default_rng(0).uniform(10, 20, 200)


def rows_of(values: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"a": SIGNAL[: len(values)], "y": values})


def a_regression(place: Path, decimal: str) -> Predictor:
    path = place / "rows.csv"
    rows_of([f"{100 * value:.1f}".replace(".", decimal) for value in SIGNAL]).to_csv(path, index=False, sep=";")
    return a_model(path, place)


@pytest.fixture(scope="module")
def commas(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return a_regression(tmp_path_factory.mktemp("commas"), ",")


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return a_regression(tmp_path_factory.mktemp("points"), ".")


def test_points_between_thousands_beside_commas(commas: Predictor) -> None:
    frame = rows_of(["1.500", "1447,2", "1.500", "1542,0"])
    with pytest.warns(ReadingWarning, match='column "y": points are read between thousands for example in "1.500"'):
        found = commas.evaluate(frame)
    assert found == commas.evaluate(rows_of(["1500", "1447,2", "1500", "1542,0"]))


def test_commas_where_training_had_points(points: Predictor) -> None:
    frame = rows_of([f"{100 * value:.1f}" for value in SIGNAL[:9]])
    with pytest.warns(ReadingWarning, match='column "y": numbers are read with decimal commas, unlike in training'):
        found = points.evaluate(frame.assign(y=frame["y"].str.replace(".", ",")))
    assert found == points.evaluate(frame)


REFUSED = {
    "two readings": (["1,234", "1,500"], '"y" holds numbers like "1,234", .* can be read in two ways'),
    "no numbers": (["many", "few"], 'column "y" holds no numbers, .* for example "many"'),
    "nothing": (["", ""], 'no row has a number in "y"; evaluate needs true values'),
}


@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_the_true_reason(points: Predictor, values: list[str], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        points.evaluate(rows_of(values))
