"""The layout of the repository, with mistakes that break it silently, as a package named `operator` does."""

import ast
import operator
import sys
from pathlib import Path

import pytest

from builders.source_tree import FOLDERS, PACKAGES, ROOT, label, pyproject, python_files

MOST_LINES = 300


def test_the_standard_library_operator_is_not_shadowed() -> None:
    assert operator.__file__ is not None
    assert ROOT not in Path(operator.__file__).parents


@pytest.mark.parametrize("folder", FOLDERS, ids=label)
def test_a_folder_of_packages_is_no_package_and_holds_no_loose_module(folder: Path) -> None:
    assert [label(file) for file in folder.glob("*.py")] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=label)
def test_nothing_in_a_folder_of_packages_is_named_like_a_standard_module(folder: Path) -> None:
    assert {child.stem for child in folder.iterdir()} & sys.stdlib_module_names == set()


def test_a_folder_of_packages_holds_packages_only() -> None:
    children = {child for folder in FOLDERS for child in folder.iterdir() if child.is_dir()}
    assert {child for child in children if child.name != "__pycache__"} == set(PACKAGES)


def test_every_package_is_built_typed_linted_and_measured() -> None:
    names = {package.name for package in PACKAGES}
    tool = pyproject()["tool"]
    assert {Path(package).name for package in tool["hatch"]["build"]["targets"]["wheel"]["packages"]} == names
    tools = {label(main.parent) for main in (ROOT / "tools").glob("*/__main__.py")}
    assert set(tool["mypy"]["files"]) == {*map(label, FOLDERS), *tools, "tests"}
    assert set(tool["importlinter"]["root_packages"]) == names
    assert set(tool["coverage"]["run"]["source_pkgs"]) == names
    assert [label(package) for package in PACKAGES if not (package / "py.typed").exists()] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {file.parent for package in PACKAGES for file in package.rglob("*.py")}
    assert folders > set(PACKAGES)
    assert [label(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("file", python_files(), ids=label)
def test_a_module_is_small_and_says_why_it_exists(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(source)), f"{label(file)} has no docstring"
