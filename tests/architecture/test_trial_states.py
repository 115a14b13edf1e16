"""A trial's state is written in one place, so that no two policies can disagree about what its end means."""

import ast
from pathlib import Path

from builders.source_tree import ROOT

DECISIONS = ROOT / "operator/automl_operator/decisions"
TRANSITIONS = "state/trial_transitions.py"
OF_THE_EXPERIMENT = "lifecycle/status.py"


def writes_a_state(file: Path) -> bool:
    """Whether a module gives something a state: `replace(state=...)` or `TrialStatus(state=...)`."""
    calls = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    makers = ("replace", "TrialStatus")
    return any(
        ast.unparse(call.func).rpartition(".")[2] in makers and any(given.arg == "state" for given in call.keywords)
        for call in calls
    )


def test_only_transitions_write_a_trials_state() -> None:
    found = {file.relative_to(DECISIONS).as_posix() for file in DECISIONS.rglob("*.py") if writes_a_state(file)}
    assert found == {TRANSITIONS, OF_THE_EXPERIMENT}
