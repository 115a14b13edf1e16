"""Code takes its reasons from the vocabulary, so that every reason has an explanation.

In the packages that give reasons, every CamelCase literal is a state, a condition's type or one of OTHER_WORDS. So a
test here fails unless a new reason is a constant of automl_api.reasons. Its form does not matter: an argument, a tuple,
a table or a part of an f-string.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from automl_api import reasons
from automl_api.reasons.vocabulary import PLACES, all_reasons, failure_class_of
from automl_api.resources.experiment_status import State
from automl_api.resources.trial import FailureClass, TrialState
from builders.source_tree import ROOT, label, package_files

OPERATOR = ROOT / "operator/automl_operator"
RUNNER = ROOT / "trial_runner/automl_runner"
PACKAGES_WITH_REASONS = (
    *(OPERATOR / name for name in ("decisions", "stopping", "controller", "kube/world", "local")),
    RUNNER,
)
DIAGNOSIS = ROOT / "operator/automl_api/pod_diagnosis.py"
WITH_CODES = (RUNNER / "prepare", RUNNER / "learners", OPERATOR / "kube/world/authentication.py")
"""Files with short words of their own: codes of data warnings, library names, reasons to refuse a caller."""
GIVERS = {"WorkFailed", "Failure", "AttemptFailure", "Ending", "Condition", "EventNote", "FailureVerdict", "SearchEnd"}
VOCABULARY = ROOT / "operator/automl_api/reasons"
CAMEL_CASE = re.compile(r"[A-Z]+[a-z][A-Za-z]*")
TYPES = {place.name for place in PLACES}
STATES = {*get_args(State), *get_args(TrialState)}
OTHER_WORDS = {
    "conditions and Events": {"True", "False", "Unknown", "Normal", "Warning"},
    "the end of a runner that did all its work": {"Finished"},
    "a stopper's verdict that a trial goes on": {
        "BetterThanMedian", "NothingToStop", "StoppingDisabled", "TooFewToCompare", "WithinBestTrial",
    },
    "results that are refused, which only a metric counts": {
        "NoSuchTrial", "NotLeased", "NotTheHolder", "UnknownWork",
    },
    "words of Kubernetes that are read and not passed on": {
        "Bound", "ContainerCreating", "DisruptionTarget", "ErrImagePull", "FailureTarget", "PodInitializing",
        "PodReadyToStartContainers", "PodScheduled",
        "ReadOnlyMany", "ReadWriteMany", "RegistryUnavailable", "SignatureValidationFailed", "WaitForFirstConsumer",
        "WaitForPodScheduled",
    },
    "HTTP": {"Authorization"},
}  # fmt: skip
ALLOWED = TYPES | STATES | set[str]().union(*OTHER_WORDS.values())


def files_with_reasons() -> list[Path]:
    """The modules of the packages that give reasons."""
    files = [DIAGNOSIS, *(file for package in PACKAGES_WITH_REASONS for file in package.rglob("*.py"))]
    return sorted(file for file in files if not any(file.is_relative_to(place) for place in WITH_CODES))


def tree_of(file: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def literals(tree: ast.AST) -> Iterator[str]:
    """The CamelCase literals below a node that are not names of types (annotations, `__all__`, a TypeVar)."""
    for node in ast.iter_child_nodes(tree):
        if names_types(tree, node):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CAMEL_CASE.fullmatch(node.value):
            yield node.value
        yield from literals(node)


def names_types(parent: ast.AST, node: ast.AST) -> bool:
    """True if the literals of a node are names of types."""
    if node in (getattr(parent, "annotation", None), getattr(parent, "returns", None)):
        return True
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TypeVar"


def constants() -> dict[str, str]:
    """The reasons by their constants' names."""
    return {name: word for name, word in vars(reasons).items() if name.isupper() and isinstance(word, str)}


def constant_of(node: ast.AST | None) -> str | None:
    """The name of the constant that an expression is, where it is `reasons.NAME`."""
    is_reason = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "reasons"
    return node.attr if is_reason and isinstance(node, ast.Attribute) else None


def classed(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each reason that is given beside a failure class, with that class."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        given = (*call.args[:2], *(named.get(name) for name in ("failure_class", "reason") if name in named))
        if len(given) == 2 and isinstance(given[0], ast.Constant) and given[0].value in get_args(FailureClass):
            name = constant_of(given[1])
            if name is not None:
                yield name, str(given[0].value)


@pytest.mark.parametrize(
    "source",
    [
        'WorkFailed("program", "DataLost", "words")',
        'status.replace(reason="DataLost")',
        'reason = words or "Lost"',
        'statements.append(("StoreReady", True, "Usable", "words"))',
        'LOSSES = {3: ("DataLost", "words")}',
        'f"{what}Missing"',
        'if failure.reason == "StoreFull": pass',
    ],
)
def test_a_reason_that_is_written_out_is_found(source: str) -> None:
    assert set(literals(ast.parse(source))) - ALLOWED


@pytest.mark.parametrize("source", ['Answer = TypeVar("Answer")', '__all__ = ["StoreFull"]', 'def f(x: "Plan"): pass'])
def test_the_name_of_a_type_is_no_reason(source: str) -> None:
    assert set(literals(ast.parse(source))) == set()


@pytest.mark.parametrize("file", files_with_reasons(), ids=label)
def test_a_reason_is_never_written_out(file: Path) -> None:
    assert set(literals(tree_of(file))) - ALLOWED == set()


@pytest.mark.parametrize("file", [file for file in package_files() if VOCABULARY not in file.parents], ids=label)
def test_no_call_that_takes_a_reason_is_given_a_literal(file: Path) -> None:
    calls = (node for node in ast.walk(tree_of(file)) if isinstance(node, ast.Call))
    givers = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in GIVERS)
    assert {word for call in givers for word in literals(call)} - ALLOWED == set()


def test_only_states_are_both_allowed_words_and_reasons() -> None:
    assert ALLOWED & all_reasons() <= STATES


def test_every_allowed_word_is_used() -> None:
    used = {word for file in files_with_reasons() for word in literals(tree_of(file))}
    assert set[str]().union(*OTHER_WORDS.values()) <= used


def test_every_reason_is_given_by_somebody() -> None:
    files = [file for file in package_files() if VOCABULARY not in file.parents]
    assert set(constants()) == {name for file in files for name in map(constant_of, ast.walk(tree_of(file))) if name}


def test_a_failure_is_of_the_class_that_the_vocabulary_has_for_its_reason() -> None:
    given = {pair for file in package_files() for pair in classed(tree_of(file))}
    assert len(given) > 20
    assert given == {(name, str(failure_class_of(constants()[name]))) for name, _ in given}
