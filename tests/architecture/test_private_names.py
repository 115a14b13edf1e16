"""Private names stay private to their module; ruff's SLF001 forbids the access to private attributes, in tests too."""

import ast
from pathlib import Path

import pytest

from builders.source_tree import label, python_files


def private_imports(source: str) -> list[str]:
    """The private names that a module imports from others."""
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    names = [alias.name for node in imports for alias in node.names]
    return [name for name in names if name.startswith("_") and not name.startswith("__")]


@pytest.mark.parametrize("file", python_files(), ids=label)
def test_no_private_name_is_imported(file: Path) -> None:
    assert private_imports(file.read_text(encoding="utf-8")) == []


def test_an_import_of_a_private_name_is_found() -> None:
    assert private_imports("def f():\n    from automl.commands.apply import _upload, apply, __doc__") == ["_upload"]
