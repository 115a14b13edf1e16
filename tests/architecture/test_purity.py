"""Impurities that import rules cannot see in the pure packages: clocks, unseeded randomness and file access."""

import ast
from pathlib import Path

import pytest

from builders.source_tree import PURE, label, module_name, package_files

CLOCKS = {"now", "today", "utcnow"}
GENERATORS = {"Random", "default_rng", "RandomState", "TPESampler", "RandomSampler"}
FILES = {"open", "input", "urlopen", "read_text", "read_bytes", "write_text", "write_bytes"}


def impurities(source: str) -> list[str]:
    """The impure calls in the source, each as `line: call`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f"{call.lineno}: {ast.unparse(call.func)}" for call in calls if is_impure(call)]


def is_impure(call: ast.Call) -> bool:
    """True if one call reads a clock, draws from shared or unseeded randomness, or touches a file."""
    names = ast.unparse(call.func).split(".")
    if names[-1] in GENERATORS:
        return not call.args and not any(keyword.arg == "seed" for keyword in call.keywords)
    return names[-1] in CLOCKS | FILES or "random" in names[:-1] or names[-1] == "SystemRandom"


def pure_files() -> list[Path]:
    """The modules of the pure packages."""
    return [file for file in package_files() if module_name(file).startswith(PURE)]


@pytest.mark.parametrize("file", pure_files(), ids=label)
def test_a_pure_module_makes_no_impure_call(file: Path) -> None:
    assert impurities(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "date.today()",
        "random.random()",
        "numpy.random.shuffle(x)",
        "random.Random()",
        "numpy.random.default_rng()",
        "TPESampler(multivariate=True)",
        "random.SystemRandom()",
        "Path('x').read_text()",
        "open('x')",
    ],
)
def test_an_impure_call_is_found(source: str) -> None:
    assert len(impurities(source)) == 1


@pytest.mark.parametrize(
    "source", ["random.Random(seed)", "numpy.random.default_rng([seed, 1])", "TPESampler(seed=seed)"]
)
def test_seeded_randomness_is_pure(source: str) -> None:
    assert impurities(source) == []
