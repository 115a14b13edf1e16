"""A configuration that a library refuses, such as a portfolio entry of another version, ends its own trial only."""

from pathlib import Path

import pytest

from automl_api.base import Scalar
from automl_api.resources.trial import Configuration
from automl_runner.failures import WorkFailed
from automl_runner.learners import LEARNERS
from builders.fitting import LINEAR, Pipeline

REFUSED: dict[str, tuple[str, Scalar]] = {
    "catboost": ("depth", 99),
    "extra_trees": ("max_leaf_nodes", 1),
    "hist_gradient_boosting": ("max_leaf_nodes", 1),
    "lightgbm": ("num_leaves", 1),
    "linear": ("strength", -1.0),
    "random_forest": ("max_features", -1.0),
    "xgboost": ("max_depth", -1),
}
OWN_CODE = {"mlp", "text_linear"}
"""These train with code of our own, or with a library that has no value to refuse."""


def test_every_learner_of_a_library_has_a_row() -> None:
    assert REFUSED.keys() | OWN_CODE == set(LEARNERS)


@pytest.mark.parametrize(("learner", "parameter"), REFUSED.items(), ids=list(REFUSED))
@pytest.mark.parametrize("target", ["text", "number"])
def test_a_refusal_is_a_failure_of_the_configuration_and_the_others_are_published(
    target: str, learner: str, parameter: tuple[str, Scalar], tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, target, evaluation={"folds": 2})
    pipeline.fit(LINEAR)
    with pytest.raises(WorkFailed, match=f"{learner} refused fold 0: .* refuses: ") as refused:
        pipeline.fit(Configuration(learner=learner, parameters=dict([parameter])))
    assert refused.value.failure_class == "configuration"
    assert [line.learner for line in pipeline.publish().facts.leaderboard] == ["linear"]
