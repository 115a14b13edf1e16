"""Models are read by their kind."""

from pathlib import Path

import pytest

from automl_model.estimators import read_estimator


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estimator.json").write_text('{"kind": "oracle"}')
    with pytest.raises(ValueError, match='kind "oracle"'):
        read_estimator(tmp_path)
