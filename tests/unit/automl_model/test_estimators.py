"""Models are read by their kind, and no file makes a type outside of the list."""

import json
from pathlib import Path

import pytest
import skops.io

from automl_model.estimators import read_estimator


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estimator.json").write_text('{"kind": "oracle"}')
    with pytest.raises(ValueError, match='kind "oracle"'):
        read_estimator(tmp_path)


def test_a_file_with_another_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estimator.json").write_text(json.dumps({"kind": "sklearn", "classes": 2}))
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(Path("anything")))
    with pytest.raises(ValueError, match="is refused"):
        read_estimator(tmp_path)
