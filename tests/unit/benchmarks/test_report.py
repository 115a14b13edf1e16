"""The generated page of benchmark results, on which nobody would notice an inverted verdict."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def room(monkeypatch):
    """Make the scripts of benchmarks/ importable, which are importable only from their own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield SimpleNamespace(
        **{name: importlib.import_module(name) for name in ("figures", "report", "results", "sleepers")}
    )
    ours = [name for name, module in sys.modules.items() if str(BENCHMARKS) in str(getattr(module, "__file__", ""))]
    for name in ours:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("runs", "limits", "holds"),
    [
        pytest.param([1, 2, 9], {"at_most": 2}, True, id="the median keeps an upper limit"),
        pytest.param([1, 3, 9], {"at_most": 2}, False, id="the median breaks an upper limit"),
        pytest.param([1, 2, 9], {"at_most": 2, "judged_by": "worst"}, False, id="every run must keep it"),
        pytest.param([80, 90, 95], {"at_least": 85}, True, id="the median keeps a lower limit"),
        pytest.param([80, 90, 95], {"at_least": 85, "judged_by": "worst"}, False, id="the smallest run breaks it"),
        pytest.param([1], {}, None, id="no target, no verdict"),
    ],
)
def test_a_claim_is_judged_by_its_limit(room, runs, limits, holds):
    figures = room.figures
    assert figures.Claim("it is quick", "s", runs, **limits).holds is holds


def test_the_page_has_the_measurements_the_verdicts_and_the_machine(room, tmp_path):
    figures, report, results = room.figures, room.report, room.results
    found = figures.Found(
        claims=(
            figures.Claim("it starts", "s", [12.34, 11, 15], "< 10 s", 10),
            figures.Claim("it ends", "ms", [1234.5]),
        ),
        tables=(figures.Table(["a|b"], [["c|d"]]),),
        notes=("said beside it",),
    )
    about = {
        "cpu": "a CPU",
        "cores": 2,
        "memory_gib": 8,
        "system": "an OS",
        "python": "3",
        "packages": {},
        "commit": "c",
    }
    machine = {**about, "date": "today", "load_before": [0.1], "load_after": [0.2]}
    results.write(results.Measured("start", False, 60.0, machine, found), tmp_path)
    page = tmp_path / "performance.md"
    report.write_page(["absent", "start"], tmp_path, page)
    text = page.read_text()
    assert "| it starts | < 10 s | 12.3 s (11.0 to 15.0, 3 runs) | **no** |" in text
    assert "| it ends |  | 1,234 ms (1 run) |  |" in text
    assert r"| c\|d |" in text
    assert "said beside it" in text
    assert "a CPU, 2 cores, 8 GiB" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.012"),
        (0.5, "0.500"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (123.4, "123"),
        (12345, "12,345"),
        (-4.25, "-4.25"),
    ],
)
def test_numbers_have_about_three_digits(room, value, text):
    figures = room.figures
    assert figures.number(value) == text


def test_a_turnaround_is_from_an_end_to_the_next_begin_in_its_slot(room):
    spans = [(0.0, 1.0), (0.0, 1.5), (1.25, 2.0), (1.75, 3.0)]
    assert room.sleepers.turnarounds(spans, 2) == [0.25, 0.25]
