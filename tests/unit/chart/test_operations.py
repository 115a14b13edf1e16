"""docs/operations.md explains every metric. Its tables of reasons are generated, so they need no test here."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import pytest

from builders.source_tree import ROOT

TELEMETRY = sorted((ROOT / "operator/automl_operator/kube/telemetry").glob("*.py"))
COUNTED_BY = {"Counter", "Gauge", "Histogram", "GaugeMetricFamily"}
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def calls(files: list[Path], makers: set[str]) -> Iterator[ast.Call]:
    """Each call of one of the makers."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
                yield node


def literals(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """The texts among arguments."""
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def metrics() -> set[str]:
    """Every metric's name, as Prometheus sees it."""
    found = (
        (cast(ast.Name, call.func).id, word)
        for call in calls(TELEMETRY, COUNTED_BY)
        for word in literals(call.args[:1])
    )
    return {f"{word}{'_total' * (maker == 'Counter')}" for maker, word in found}


def test_the_metrics_are_found_in_the_source() -> None:
    assert len(metrics()) > 10


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_a_metric_is_explained(metric: str) -> None:
    assert metric in OPERATIONS
