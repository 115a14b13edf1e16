"""What import rules cannot see in the pure packages: a clock behind a method, randomness without a seed, a file opened."""

import ast
from pathlib import Path

import pytest

from builders.source_tree import PURE, label, module_name, package_files

CLOCKS = {"now", "today", "utcnow"}
GENERATORS = {"Random", "default_rng", "RandomState", "TPESampler", "RandomSampler"}
FILES = {"open", "input", "urlopen", "read_text", "read_bytes", "write_text", "write_bytes"}


def impurities(source: str) -> list[str]:
    """The calls in the source by which the world comes in, each as `line: call`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f"{call.lineno}: {ast.unparse(call.func)}" for call in calls if is_impure(call)]


def is_impure(call: ast.Call) -> bool:
    """Whether one call reads a clock, draws from shared or unseeded randomness, or touches a file."""
    names = ast.unparse(call.func).split(".")
    if names[-1] in GENERATORS:
        return not call.args and not any(keyword.arg == "seed" for keyword in call.keywords)
    return names[-1] in CLOCKS | FILES or "random" in names[:-1] or names[-1] == "SystemRandom"


def pure_files() -> list[Path]:
    """The modules of the pure packages."""
    return [file for file in package_files() if module_name(file).startswith(PURE)]


@pytest.mark.parametrize("file", pure_files(), ids=label)
def test_a_pure_module_asks_nothing_of_the_world(file: Path) -> None:
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
def test_the_world_is_noticed(source: str) -> None:
    assert len(impurities(source)) == 1


@pytest.mark.parametrize(
    "source", ["random.Random(seed)", "numpy.random.default_rng([seed, 1])", "TPESampler(seed=seed)"]
)
def test_seeded_randomness_is_pure(source: str) -> None:
    assert impurities(source) == []
