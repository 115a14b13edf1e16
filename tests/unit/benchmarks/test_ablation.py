"""The ablation: each variant is a sound experiment, and a part that helps has a positive figure."""

import importlib
from pathlib import Path

import pytest

from automl_operator.decisions.facts.plan_check import plan_fault
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.prepare.learner_choice import learner_plan
from builders.experiments import a_plan_spec, an_experiment

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
SHAPE = Shape(5000, 10, 2, 20, 1, "regression", skewed_target=True)


@pytest.fixture
def module_of(monkeypatch):
    """Imports a script of benchmarks/, which is importable only from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def test_the_plan_without_any_part_is_sound(module_of, tmp_path):
    recorded, recording, ablation = map(module_of, ("recorded", "recording", "ablation"))
    learners = tuple(learner_plan(LEARNERS[name].descriptor, SHAPE) for name in ("linear", "lightgbm", "catboost"))
    plan = a_plan_spec(8, learners)
    (tmp_path / recording.PLAN).write_text(plan.to_json())
    (tmp_path / recording.COSTS).write_text("")
    views = [frozenset({view}) for view in ("generated_features", "log_target", "target_encoding")]
    variants = [variant for _, variant in ablation.variants(recorded.Record(tmp_path))]
    assert len(variants) > len(learners)
    for variant in [*variants, *(ablation.Variant(without=view) for view in views)]:
        part = recorded.Record(tmp_path, variant.without, variant.portfolio, variant.one_fold)
        assert plan_fault(part.plan, an_experiment(time="120s").spec) == ""
        assert not variant.without & {name for one in part.plan.learners for name in (one.name, *one.views)}


def test_changes_have_a_sign_and_their_standard_error(module_of):
    changes = {"no stack": {"a": (10.0, 2.51), "b": (0.0, 0.0)}, "one view": {"b": (-0.5, 1.0)}}
    assert module_of("ablation").text(changes).splitlines() == [
        "| variant | a | b |",
        "|---|---|---|",
        "| no stack | +10.0 ± 2.5 | +0.0 ± 0.0 |",
        "| one view |  | -0.5 ± 1.0 |",
    ]


def test_tables_are_filled_into_their_places_and_the_prose_stays(module_of):
    page = module_of("quality_page")
    text = "before\n<!-- generated: peers -->\nold\n<!-- end -->\nafter\n<!-- generated: parts -->\n<!-- end -->\n"
    once = page.filled(text, {"peers": "| a |", "parts": "| b |"})
    assert once == (
        "before\n<!-- generated: peers -->\n\n| a |\n\n<!-- end -->\nafter\n<!-- generated: parts -->\n\n| b |\n\n<!-- end -->\n"
    )
    assert page.filled(once, {"peers": "| a |", "parts": "| b |"}) == once
    with pytest.raises(KeyError):
        page.filled(text, {})


def test_the_page_has_the_tables_of_the_kept_results(module_of):
    page = module_of("quality_page")
    written = page.PAGE.read_text(encoding="utf-8")
    assert page.filled(written, page.tables()) == written
