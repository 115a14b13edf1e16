"""Models are read by their kind."""

from pathlib import Path

import pytest

from automl_model.estimators import KINDS, read_estimator
from automl_runner.learners import LEARNERS
from builders.bundles import MEMBERS


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estimator.json").write_text('{"kind": "oracle"}')
    with pytest.raises(ValueError, match='kind "oracle"'):
        read_estimator(tmp_path)


def test_the_bundle_that_other_tests_damage_has_a_model_of_every_kind() -> None:
    assert {LEARNERS[learner].descriptor.estimator for learner, _ in MEMBERS} == KINDS
