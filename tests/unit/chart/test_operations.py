"""docs/operations.md names what a user can meet: every condition's reason and every metric."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.source_tree import ROOT, label

OPERATOR = ROOT / "operator/automl_operator"
SOURCES = sorted([*(OPERATOR / "decisions").glob("*.py"), *(OPERATOR / "kube/world").glob("*.py")])
TELEMETRY = sorted((OPERATOR / "kube/telemetry").glob("*.py"))
SAID_BY = {"SearchEnd", "Verdict", "StoreTrouble", "Refusal", "Trouble"}
COUNTED_BY = {"Counter", "Gauge", "Histogram", "GaugeMetricFamily"}
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def first_words(files: list[Path], makers: set[str]) -> Iterator[tuple[str, str, str]]:
    """File, maker and first argument of each call that makes a reason or a metric of a literal."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers and node.args:
                word = node.args[0]
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield label(file), node.func.id, word.value


def test_reasons_and_metrics_are_found() -> None:
    assert len(list(first_words(SOURCES, SAID_BY))) > 10
    assert len(list(first_words(TELEMETRY, COUNTED_BY))) > 10


@pytest.mark.parametrize("reason", sorted({word for _, _, word in first_words(SOURCES, SAID_BY)}))
def test_a_reason_is_explained(reason: str) -> None:
    assert reason in OPERATIONS


@pytest.mark.parametrize(
    "metric",
    sorted({f"{word}{'_total' * (maker == 'Counter')}" for _, maker, word in first_words(TELEMETRY, COUNTED_BY)}),
)
def test_a_metric_is_explained(metric: str) -> None:
    assert metric in OPERATIONS
