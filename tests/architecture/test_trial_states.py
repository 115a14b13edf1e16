"""A trial's state is written in one place, so that no two policies can disagree about what its end means."""

import ast
from collections.abc import Iterator
from pathlib import Path

from builders.source_tree import ROOT

CONTROL = ROOT / "operator/automl_operator"
TRANSITIONS = "decisions/state/trial_transitions.py"
OF_THE_EXPERIMENT = ("decisions/lifecycle/status.py", "_headline")
"""The function that writes the experiment's state."""


def writers(file: Path) -> Iterator[str]:
    """The functions of a module that give something a state: `replace(state=...)` or `TrialStatus(state=...)`."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
            if any(_writes_a_state(call) for call in calls):
                yield function.name


def _writes_a_state(call: ast.Call) -> bool:
    makers = ("replace", "TrialStatus")
    return ast.unparse(call.func).rpartition(".")[2] in makers and any(given.arg == "state" for given in call.keywords)


def test_only_transitions_write_a_trials_state() -> None:
    found = [
        (file.relative_to(CONTROL).as_posix(), function)
        for file in sorted(CONTROL.rglob("*.py"))
        for function in writers(file)
    ]
    assert {file for file, _ in found} == {TRANSITIONS, OF_THE_EXPERIMENT[0]}
    assert [place for place in found if place[0] != TRANSITIONS] == [OF_THE_EXPERIMENT]
