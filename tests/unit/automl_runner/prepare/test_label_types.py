"""A note names an example when labels cannot come back in their own type because they are stored as texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import feather

from automl_model.tables import table_of
from builders.preparing import PreparedRun, a_table, prepare_file

ROWS = 60
MIXED = pd.Series([1, "b", 2.5] * (ROWS // 3), dtype=object)
BYTES = pd.Series([b"a", b"b"] * (ROWS // 2), dtype=object)
CUT = pd.cut(pd.Series(np.arange(ROWS) % 3), [-1, 0, 1, 2])
TEXTS = pd.Series(["a", "b"] * (ROWS // 2), dtype=object)


def prepared(values: Any, place: Path) -> PreparedRun:
    """A DataFrame prepared as `automl.fit` hands it over."""
    feather.write_feather(table_of(pd.DataFrame({**a_table(ROWS), "y": values})), place / "data")
    return prepare_file(place / "data", place)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        pytest.param(MIXED, "1", id="numbers beside texts"),
        pytest.param(MIXED.astype("category"), "1", id="categories of numbers and texts"),
        pytest.param(pd.Series(["b", 1] * 30, dtype=object), "1", id="a text before numbers"),
        pytest.param(BYTES, "a", id="bytes"),
        pytest.param(CUT, "(-1, 0]", id="intervals of pd.cut"),
        pytest.param(CUT.astype(object), "(-1, 0]", id="intervals as objects"),
    ],
)
def test_labels_that_come_back_as_texts_have_a_note(values: pd.Series, label: str, tmp_path: Path) -> None:
    run = prepared(values, tmp_path)
    (said,) = [one for one in run.prepared.info.warnings if "give them as texts" in one.message]
    assert (said.column, said.cell) == ("y", label)
    assert said.message == 'the target "y" has labels of another type than text, and predictions give them as texts'


@pytest.mark.parametrize(
    "values",
    [TEXTS, TEXTS.astype("category"), TEXTS.astype("string"), pd.Series([1, 2] * 30, dtype="Int64"), MIXED == "b"],
    ids=["texts", "categories", "pandas' texts", "integers", "booleans"],
)
def test_labels_that_keep_their_values_need_no_note(values: pd.Series, tmp_path: Path) -> None:
    assert not [warning for warning in prepared(values, tmp_path).plan.warnings if warning.column == "y"]


def test_features_of_many_types_need_no_note(tmp_path: Path) -> None:
    feather.write_feather(table_of(pd.DataFrame({**a_table(ROWS), "x": BYTES})), tmp_path / "data")
    assert not [
        one for one in prepare_file(tmp_path / "data", tmp_path).plan.warnings if "give them as texts" in one.message
    ]
