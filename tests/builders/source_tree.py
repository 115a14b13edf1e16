"""The repository as the architecture tests see it: its root, packages, modules and settings."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "operator", ROOT / "trial_runner")
PACKAGES = tuple(sorted(child for folder in FOLDERS for child in folder.iterdir() if (child / "__init__.py").exists()))
PURE = ("automl_operator.decisions", "automl_operator.search", "automl_operator.stopping")


@cache
def pyproject() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def package_files() -> list[Path]:
    """Every module of the five packages."""
    return sorted(file for package in PACKAGES for file in package.rglob("*.py"))


def python_files() -> list[Path]:
    """Every module that is written by hand, including tests and tools."""
    others = (ROOT / name for name in ("tests", "tools", "benchmarks"))
    return [*package_files(), *sorted(file for folder in others for file in folder.rglob("*.py"))]


def module_name(file: Path) -> str:
    """The dotted name of a module of the five packages."""
    folder = next(folder for folder in FOLDERS if file.is_relative_to(folder))
    parts = file.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def label(file: Path) -> str:
    """A file's name in a test's id and in messages."""
    return file.relative_to(ROOT).as_posix()
