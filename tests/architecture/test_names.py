"""Names are the field's standard terms: the words that this project once had of its own do not come back."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from builders.source_tree import ROOT

OWN_WORDS = frozenset(
    [
        "absorb",
        "alarm",
        "board",
        "commitments",
        "conclude",
        "deaf",
        "demand",
        "desk",
        "desks",
        "evidence",
        "fits",
        "handed",
        "harvest",
        "header",
        "hearsay",
        "house",
        "journey",
        "known",
        "losses",
        "means",
        "mishap",
        "narrator",
        "patience",
        "piece",
        "pieces",
        "premises",
        "pulse",
        "question",
        "ranking",
        "register",
        "retire",
        "scene",
        "seat",
        "seats",
        "shelf",
        "situation",
        "spellings",
        "staff",
        "standing",
        "standings",
        "starts",
        "stopwatch",
        "story",
        "stranded",
        "teller",
        "transcript",
        "tray",
        "trouble",
        "troubles",
        "truth",
        "vigil",
        "visitor",
        "visitors",
        "words",
    ]
)
EXCEPTIONS = {
    "assign_fits": "fits are the plural of fit, a kind of work",
    "_fits": "likewise",
    "_modules_of_fits": "likewise",
    "_known_keys": "an adjective, as in the next ones",
    "known_to_schema": "an adjective",
    "known_rows": "an adjective",
    "known_encoding": "an adjective",
    "known_before": "an adjective",
    "_known": "an adjective",
    "losses": "the losses of machine learning: scores turned so that less is better",
    "means": "mean values",
    "_patience": "the budget's field `patience`",
    "_header": "the header of LightGBM's text format",
}
FOLDERS = ("operator", "trial_runner", "tests", "benchmarks", "tools")


def parts(name: str) -> set[str]:
    """The words of a name, in small letters."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def names(file: Path) -> Iterator[str]:
    """The names of a module, its classes and its functions."""
    yield file.stem
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name


def sources() -> list[Path]:
    """Every module of the project."""
    return [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]


def test_no_name_is_a_word_of_our_own() -> None:
    files = sources()
    assert len(files) > 500
    found = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in names(file)
        if parts(name) & OWN_WORDS and name not in EXCEPTIONS and not name.lower().startswith("test")
    }
    assert found == set()


def test_every_exception_is_used() -> None:
    assert {name for file in sources() for name in names(file)} >= set(EXCEPTIONS)


SHARED = {
    "Exists": "the same answer of the API server, for the operator and for the user's command",
    "Expired": "likewise",
    "Forbidden": "likewise",
    "NotFound": "likewise",
}


def test_a_class_has_its_name_for_itself() -> None:
    files = [file for folder in ("operator", "trial_runner") for file in (ROOT / folder).rglob("*.py")]
    classes = Counter(
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, count in classes.items() if count > 1} == set(SHARED)


def functions(file: Path) -> set[str]:
    """The public functions of a module itself, fixtures among them; methods and nested functions do not count."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    found = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return {name for name in found if not name.startswith("_")}


def test_no_function_of_a_test_module_has_the_name_of_a_builder() -> None:
    """One name would have two meanings, and a reader would have to look at the imports to know which is meant."""
    tests = ROOT / "tests"
    shared = {file for folder in ("builders", "fakes") for file in (tests / folder).rglob("*.py")}
    builders = set().union(*map(functions, shared))
    assert len(builders) > 100
    found = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in set(tests.rglob("*.py")) - shared
        for name in functions(file) & builders
    }
    assert found == set()
