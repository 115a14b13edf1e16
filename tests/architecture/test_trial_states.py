"""A trial's state is written in one module, so that no two policies can disagree about what its end means."""

import ast
from collections.abc import Iterator
from pathlib import Path

from builders.source_tree import ROOT

CONTROL = ROOT / "operator/automl_operator"
TRANSITIONS = "decisions/state/trial_transitions.py"
OTHERS = {
    ("decisions/lifecycle/status.py", "_headline"): "the experiment's state",
    ("local/opening.py", "_renewed"): "the experiment's state, when a failed run is opened again",
}


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
    found = {
        (file.relative_to(CONTROL).as_posix(), function)
        for file in sorted(CONTROL.rglob("*.py"))
        for function in writers(file)
    }
    assert TRANSITIONS in {file for file, _ in found}
    assert {place for place in found if place[0] != TRANSITIONS} == set(OTHERS)
