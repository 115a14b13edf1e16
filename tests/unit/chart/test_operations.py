"""docs/operations.md names what a user can meet: every condition's reason and every metric."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import pytest

from builders.source_tree import ROOT

OPERATOR = ROOT / "operator/automl_operator"
DECIDING = sorted([*(OPERATOR / "decisions").rglob("*.py"), *(OPERATOR / "kube/world").glob("*.py")])
SOURCES = [*DECIDING, *sorted((ROOT / "trial_runner/automl_runner").rglob("*.py"))]
TELEMETRY = sorted((OPERATOR / "kube/telemetry").glob("*.py"))
SAID_BY = {"SearchEnd", "FailureVerdict", "StoreProblem", "ExperimentRefusal", "WriteRefused", "PodDiagnosis"}
"""Their first argument is a reason;"""
FAILED_BY = {"AttemptFailure", "Ending", "WorkFailed", "Failure"}
"""and of these one that follows the class of the failure."""
NO_FAILURE = {"Finished"}
A_REASON = re.compile(r"([A-Z]+[a-z]*){2,}|[A-Z][a-z]+")
COUNTED_BY = {"Counter", "Gauge", "Histogram", "GaugeMetricFamily"}
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def calls(files: list[Path], makers: set[str]) -> Iterator[ast.Call]:
    """Each call that makes one of these."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
                yield node


def literals(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """The texts among arguments."""
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def reasons() -> set[str]:
    """Every reason that stands in a condition, a trial's status or an Event."""
    said = {word for call in calls(SOURCES, SAID_BY) for word in literals(call.args[:1])}
    failed = {
        word
        for call in calls(SOURCES, FAILED_BY)
        for word in literals([*call.args[1:2], *(named.value for named in call.keywords if named.arg == "reason")])
    }
    return {word for word in said | failed if A_REASON.fullmatch(word)} - NO_FAILURE


def metrics() -> set[str]:
    """Every metric's name, as Prometheus sees it."""
    found = (
        (cast(ast.Name, call.func).id, word)
        for call in calls(TELEMETRY, COUNTED_BY)
        for word in literals(call.args[:1])
    )
    return {f"{word}{'_total' * (maker == 'Counter')}" for maker, word in found}


def test_reasons_and_metrics_are_found() -> None:
    assert {"NoSuchPool", "TimeSpent", "RunnerLeft", "OOMKilled", "Traceback", "DataMissing", "DiskFull"} <= reasons()
    assert len(metrics()) > 10


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_reason_is_explained(reason: str) -> None:
    assert re.search(rf"\b{reason}\b", OPERATIONS)


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_a_metric_is_explained(metric: str) -> None:
    assert metric in OPERATIONS
