"""Each term of the glossary names an existing module, class or function."""

import ast
import re
from pathlib import Path

import pytest

from builders.source_tree import ROOT

ROW = re.compile(r"^\| ([a-zA-Z -]+) \|.*\| `([\w.]+)` \|$", re.MULTILINE)
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
TERMS = dict(ROW.findall(GLOSSARY))


def module_of(path: str) -> Path | None:
    """The file of a dotted module, or None where there is no such module."""
    places = (ROOT / folder / path.replace(".", "/") for folder in ("operator", "trial_runner"))
    files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
    return next((file for file in files if file.exists()), None)


def defines(file: Path, name: str) -> bool:
    """True if a module has a class, a function or a value of that name."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return True
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return True
    return False


def test_every_row_of_the_glossary_is_read() -> None:
    rows = [
        line for line in GLOSSARY.splitlines() if line.startswith("| ") and not line.startswith("| term | meaning ")
    ]
    assert len(TERMS) == len(rows) > 30


@pytest.mark.parametrize("term", TERMS)
def test_a_term_exists_in_the_code(term: str) -> None:
    path = TERMS[term]
    module, _, name = path.rpartition(".")
    file = module_of(module)
    assert module_of(path) is not None or (file is not None and defines(file, name)), path
