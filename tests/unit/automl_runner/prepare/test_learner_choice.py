"""The learners that are tried are those that were asked for and whose libraries are installed."""

import pytest

from automl_api.resources.experiment import LearnersSpec
from automl_runner.failures import WorkFailed
from automl_runner.learners import descriptors
from automl_runner.learners.learner import Shape
from automl_runner.prepare.learner_choice import choose_learners

SHAPE = Shape(1000, 4, 2, 20, 2, "binary")


def test_a_learner_without_its_library_is_not_tried() -> None:
    chosen = choose_learners(LearnersSpec(include=("linear", "catboost")), SHAPE, descriptors(), ("linear",))
    assert [descriptor.name for descriptor in chosen] == ["linear"]


def test_the_refusal_of_a_learner_without_its_library_says_what_to_install() -> None:
    with pytest.raises(WorkFailed, match=r"not installed here: catboost; pip install 'automl-operator\[catboost\]'"):
        choose_learners(LearnersSpec(include=("catboost",)), SHAPE, descriptors(), ("linear",))
