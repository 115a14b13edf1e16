"""Models are read by their kind, and texts that this version cannot read are refused in words."""

from pathlib import Path

import pytest

from automl_model.estimators import read_estimator
from automl_model.estimators.lightgbm_text import read_trees

TREE = "tree\nversion=v4\n\nTree=0\nnum_leaves=1\nleaf_value=2.5\n"


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estimator.json").write_text('{"kind": "oracle"}')
    with pytest.raises(ValueError, match='kind "oracle"'):
        read_estimator(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(TREE.replace("v4", "v9"), "format 'v9'; this version reads v3, v4", id="another format"),
        pytest.param("nothing", "format None", id="no model"),
        pytest.param(TREE + "is_linear=1\n", "linear leaves", id="linear leaves"),
        pytest.param(TREE + "decision_type=4\nthreshold=0\n", "takes zero as missing", id="zero as missing"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_trees(text)


def test_a_tree_may_be_one_leaf() -> None:
    assert read_trees(TREE).values.tolist() == [[2.5]]
