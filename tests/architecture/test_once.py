"""Code that several programs need lives in one module: no other module repeats it, or spells its names."""

import ast
import re
from collections.abc import Callable

import pytest

from builders.source_tree import module_name, package_files

VARIABLES = "automl_api.environment_names"
A_VARIABLE = re.compile(r"AUTOML_[A-Z]+")
HOMES = {
    "LeaderboardEntry": "automl_api.leaderboard",
    "Signals": "automl_api.signal_names",
    "get_close_matches": "automl_api.did_you_mean",
    "getrusage": "automl_runner.peak_memory",
}
"""Names that only one module may call, each with that module."""
SPELLED_ONCE = {
    "ErrImagePull": "automl_api.pod_diagnosis",
    "PodScheduled": "automl_api.pod_diagnosis",
    "/proc/self/cgroup": "automl_api.control_groups",
    "oom_kill": "automl_api.control_groups",
    "O_RDONLY": "automl_api.files",
}
"""Texts and attributes that only one module may spell, each with that module: a copy would need them, too."""
BACKOFF = "automl_api.backoff"


def variables(source: str) -> list[str]:
    """The environment variables that a module's texts spell; prose about them, in docstrings, is free."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose)
    return [text.value for text in texts if isinstance(text.value, str) and A_VARIABLE.search(text.value)]


def spelled(source: str) -> set[str]:
    """The texts and the attributes of a module, without its docstrings."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [node for node in ast.walk(tree) if id(node) not in prose]
    texts = {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts | {node.attr for node in found if isinstance(node, ast.Attribute)}


def doubles(source: str) -> bool:
    """True if a module computes the least of a longest value and one that doubles: `min(longest, first * 2**n)`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    least = [call for call in calls if ast.unparse(call.func) == "min"]
    return any(_is_a_growing_power(node) for call in least for argument in call.args for node in ast.walk(argument))


def _is_a_growing_power(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Pow):
        return False
    return isinstance(node.left, ast.Constant) and not isinstance(node.right, ast.Constant)


def called(source: str) -> set[str]:
    """The last part of the name of everything that a module calls."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {ast.unparse(call.func).rpartition(".")[2] for call in calls}


def modules(holds: Callable[[str], bool]) -> list[str]:
    """The modules of the five packages for whose source `holds` is true."""
    return [module_name(file) for file in package_files() if holds(file.read_text(encoding="utf-8"))]


def test_environment_variables_are_spelled_in_one_module() -> None:
    assert modules(lambda source: bool(variables(source))) == [VARIABLES]


@pytest.mark.parametrize(("name", "home"), HOMES.items(), ids=HOMES)
def test_a_shared_function_is_called_in_one_module_only(name: str, home: str) -> None:
    assert modules(lambda source: name in source and name in called(source)) == [home]


@pytest.mark.parametrize(("text", "home"), SPELLED_ONCE.items(), ids=SPELLED_ONCE)
def test_a_text_of_shared_code_is_spelled_in_one_module_only(text: str, home: str) -> None:
    assert modules(lambda source: text in source and text in spelled(source)) == [home]


def test_seconds_double_in_one_module_only() -> None:
    assert modules(doubles) == [BACKOFF]


@pytest.mark.parametrize("source", ["min(30, 0.2 * 2**n)", "x = min(longest, first * 2.0 ** failures)"])
def test_a_copy_of_backoff_is_found(source: str) -> None:
    assert doubles(source)


@pytest.mark.parametrize("source", ['x = "AUTOML_SLOTS"', 'f"AUTOML_SLOTS is {slots}"', 'get("AUTOML_SLOTS", "1")'])
def test_a_variable_is_found_in_a_text(source: str) -> None:
    assert variables(source)


def test_a_docstring_may_name_a_variable() -> None:
    assert variables('def f():\n    """AUTOML_SLOTS says how many."""') == []
