"""The report of the comparison with other systems, in which nobody would notice a wrong sign."""

import importlib
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def tabular_report(monkeypatch):
    """The script of benchmarks/, which is importable only from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("tabular_report")
    ours = [name for name, module in sys.modules.items() if str(BENCHMARKS) in str(getattr(module, "__file__", ""))]
    for name in ours:
        del sys.modules[name]


def a_run(system, loss, name="phoneme", split=0, **more):
    return {
        "set": name, "split": split, "system": system, "budget": 120, "metric": "1 - roc_auc", "loss": loss,
        "fit_seconds": 119.0, "reported": {}, "cores": 2, "cpu": "a processor",
    } | more  # fmt: skip


def test_less_loss_is_a_win_and_a_negative_difference(tabular_report):
    runs = [a_run("ours", 0.1), a_run("boosting", 0.2), a_run("flaml", 0.15)]
    text = tabular_report.text(runs, 120)
    assert "| ours | 1.00 |" in text
    assert "| boosting | 3.00 | 1 of 1 | -50.00 [-50.00, -50.00] |" in text
    assert "| flaml | 2.00 | 1 of 1 | -25.00 [-25.00, -25.00] |" in text
    assert "| phoneme | 0 | 1 - roc_auc | **0.1** | 0.2 | 0.15 |" in text


def test_a_failed_run_has_the_last_rank_and_no_difference(tabular_report):
    runs = [a_run("ours", 0.1), a_run("boosting", 0.2), a_run("flaml", None), a_run("flaml", 0.3, "spambase")]
    runs += [a_run("ours", 0.2, "spambase"), a_run("boosting", 0.1, "spambase")]
    text = tabular_report.text(runs, 120)
    assert "| flaml | 3.00 | 2 of 2 | -100.00 [-100.00, -100.00] |" in text


def test_a_longer_budget_of_others_is_compared_on_the_same_split_and_machine(tabular_report):
    others = [
        a_run("flaml", loss, name, budget=600) for loss, name in ((0.2, "phoneme"), (0.05, "credit"), (0.1, "leaves"))
    ]
    ours = [a_run("ours", 0.1), a_run("ours", 0.1, "credit"), a_run("ours", 0.01, "leaves", cpu="another")]
    text = tabular_report.with_longer([*ours, *others], 120, 600)
    assert "| phoneme | 0 | 1 - roc_auc | **0.1** | 0.2 | flaml |" in text
    assert "| credit | 0 | 1 - roc_auc | 0.1 | **0.05** | flaml |" in text
    assert text.endswith("Ours at 120 s wins 1 of 2 against flaml at 600 s.")


def test_a_longer_budget_is_not_worse_than_by_a_standard_error(tabular_report):
    def ours(budget, *losses):
        return [a_run("ours", loss, "ames", split, budget=budget) for split, loss in enumerate(losses)]

    plain = [a_run("boosting", 1.0, "ames", split) for split in range(3)]
    runs = [*plain, *ours(30, 0.9, 0.8), *ours(60, 0.8, 0.8), *ours(120, 0.9, 0.9, 0.1)]
    text = tabular_report.by_budget(runs, (30, 60, 120))
    assert "| 30 s | 85.00 |" in text
    assert "| 60 s | 80.00 | -5.00 ± 5.00 | yes |" in text
    assert "| 120 s | 90.00 | +10.00 ± 0.00 | no |" in text
    assert text.endswith("Over 2 splits of 1 tables.")
    assert tabular_report.by_budget(plain, (30, 60)) == "fewer than two splits have a run of each budget"


def test_ranks_are_of_splits_with_every_system_and_wins_of_splits_with_both(tabular_report):
    runs = [a_run("ours", 0.1), a_run("boosting", 0.2), a_run("flaml", 0.3)]
    runs += [a_run("ours", 0.4, split=1), a_run("boosting", 0.2, split=1)]
    text = tabular_report.text(runs, 120)
    assert "| boosting | 2.00 | 1 of 2 | +25.00 [+25.00, +25.00] |" in text
    assert "| flaml | 3.00 | 1 of 1 | -100.00 [-100.00, -100.00] |" in text
    assert "over the 1 of 2 splits with a run of every system" in text


def test_runs_of_different_machines_are_not_compared(tabular_report):
    runs = [a_run("boosting", 0.2), a_run("flaml", 0.05), a_run("ours", 0.1, cpu="another")]
    runs += [a_run("boosting", 0.3, cpu="another")]
    newest, older = tabular_report.text(runs, 120).split("2 cores of a processor")
    assert "| boosting | 2.00 | 1 of 1 |" in newest
    assert "flaml" not in newest
    assert "0.05" in older


def test_the_newest_run_counts_and_other_budgets_do_not(tabular_report):
    runs = [a_run("ours", 0.1), a_run("boosting", 0.2), a_run("ours", 0.4), a_run("ours", 0.05, budget=600)]
    assert "| boosting | 1.00 | 0 of 1 | +100.00 [+100.00, +100.00] |" in tabular_report.text(runs, 120)


@pytest.mark.parametrize(
    ("score", "late", "sentence"),
    [
        pytest.param((0.85, 0.92, 0.95), 119.0, "holds the test score in 1 of 1 runs, and in 1 of 1 where", id="held"),
        pytest.param((0.91, 0.92, 0.95), 119.0, "holds the test score in 0 of 1 runs, and in 1 of 1 where", id="noise"),
        pytest.param(
            (0.93, 0.94, 0.95), 119.0, "holds the test score in 0 of 1 runs, and in 0 of 1 where", id="missed"
        ),
        pytest.param((0.85, 0.92, 0.95), 119.0, "the noise of the test rows counts too; 0 of 1 took", id="in time"),
        pytest.param((0.85, 0.92, 0.95), 127.0, "the noise of the test rows counts too; 1 of 1 took", id="late"),
    ],
)
def test_our_own_runs_are_checked_for_their_interval_and_their_budget(tabular_report, score, late, sentence):
    reported = {"score": dict(zip(("low", "value", "high"), score, strict=True))}
    own = a_run("ours", 0.1, reported=reported, fit_seconds=late, test_interval=[0.88, 0.92])
    assert sentence in tabular_report.text([own, a_run("boosting", 0.2)], 120)


def test_the_interval_of_folds_by_time_is_not_widened(tabular_report):
    reported = {"score": {"low": 0.91, "value": 0.92, "high": 0.95}}
    own = a_run("ours", 0.1, reported=reported, test_interval=None)
    assert "in 0 of 1 where the noise" in tabular_report.text([own, a_run("boosting", 0.2)], 120)
