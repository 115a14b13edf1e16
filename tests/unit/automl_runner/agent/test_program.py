"""Modules to import before a child is forked: only those that its work needs, so that first results come soon."""

from pathlib import Path

import pytest

from automl_runner.children.program import need_of
from automl_runner.children.work import program
from automl_runner.learners import LEARNERS
from automl_runner.mounts import Mounts
from builders.assignments import a_fit

REAL = program(Mounts(cache=Path("cache")))


@pytest.mark.parametrize("need", ["prepare", "fit linear", "fit lightgbm", "finalize"])
def test_nothing_common_waits_for_the_slowest_import(need: str) -> None:
    assert "sklearn.ensemble" not in REAL.modules_for(need)


def test_work_without_named_modules_waits_for_all_imports() -> None:
    assert REAL.modules_for("") == REAL.all_modules()
    assert "sklearn.ensemble" in REAL.all_modules()


def test_the_first_fit_waits_for_no_other_learner() -> None:
    waited = REAL.all_modules().index("automl_model.estimators.linear_model")
    assert {"lightgbm", "sklearn.ensemble"} <= set(REAL.all_modules()[waited:])


@pytest.mark.parametrize("name", LEARNERS)
def test_a_fit_needs_what_its_learner_needs(name: str) -> None:
    assert set(LEARNERS[name].descriptor.modules) < set(REAL.modules_for(need_of(a_fit(name))))
    assert need_of(a_fit(name)) in REAL.modules
