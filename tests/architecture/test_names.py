"""Names are the field's standard terms: the words that this project once had of its own do not come back."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from builders.source_tree import ROOT

OWN_WORDS = frozenset(
    [
        "absorb",
        "alarm",
        "at_rest",
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
    "operator/automl_api/validation/schema_problems.py: _known_keys": "an adjective",
    "operator/automl_operator/decisions/lifecycle/search_end.py: _patience": "the budget's field `patience`",
    "operator/automl_operator/decisions/policies/assign.py: _fits": "the plural of fit, a kind of work",
    "operator/automl_operator/decisions/policies/assign_fits.py: assign_fits": "likewise",
    "operator/automl_operator/decisions/state/progress_cache.py: means": "mean values",
    "operator/automl_operator/decisions/state/trial_progress.py: losses": "scores turned so that less is better",
    "tests/unit/automl_runner/learners/test_losses.py: test_losses": "the losses that learners minimise",
    "tests/unit/chart/test_values.py: known_to_schema": "an adjective",
    "trial_runner/automl_model/estimators/boosted_trees_model.py: known_rows": "an adjective",
    "trial_runner/automl_model/estimators/lightgbm_text.py: _header": "the header of LightGBM's text format",
    "trial_runner/automl_model/tables/encodings.py: known_encoding": "an adjective",
    "trial_runner/automl_runner/children/work.py: _modules_of_fits": "the plural of fit, a kind of work",
    "trial_runner/automl_runner/ensemble/validation_target.py: known_before": "an adjective",
    "trial_runner/automl_runner/refit_check.py: _known": "an adjective",
}
"""The only places where a name may have such a word, each with the reason."""
FOLDERS = ("operator", "trial_runner", "tests", "benchmarks", "tools")


def parts(name: str) -> set[str]:
    """The words of a name and its runs of words, joined by underscores, in small letters."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    ends = range(1, len(words) + 1)
    return {"_".join(words[start:end]) for end in ends for start in range(end)}


def names(file: Path) -> Iterator[str]:
    """The names of a module, its classes and its functions, without the tests: a test's name is a sentence."""
    yield file.stem
    has_tests = file.is_relative_to(ROOT / "tests")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            is_test = has_tests and not isinstance(node, ast.ClassDef) and node.name.startswith("test_")
            if not is_test:
                yield node.name


def sources() -> list[Path]:
    """Every module of the project."""
    return [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]


def own_names(files: Iterable[Path]) -> set[str]:
    """The names that have a word of our own, each with its file: `FILE: NAME`."""
    return {
        f"{file.relative_to(ROOT).as_posix()}: {name}"
        for file in files
        for name in names(file)
        if parts(name) & OWN_WORDS
    }


def test_only_the_exceptions_have_a_word_of_our_own() -> None:
    files = sources()
    assert len(files) > 500
    assert own_names(files) == set(EXCEPTIONS)


@pytest.mark.parametrize("name", ["losses", "_losses", "at_rest", "_is_at_rest", "AtRest", "LossesOfTrials"])
def test_a_word_of_our_own_is_found_anywhere_in_a_name(name: str) -> None:
    assert parts(name) & OWN_WORDS


@pytest.mark.parametrize("name", ["at_the_rest", "loss", "is_idle"])
def test_other_words_are_free(name: str) -> None:
    assert not parts(name) & OWN_WORDS


SHARED = {
    "Cluster": "the test cluster; for the product's users, a namespace of any cluster",
    "Exists": "the same answer of the API server, for the operator and for the user's command",
    "Expired": "likewise",
    "Forbidden": "likewise",
    "NotFound": "likewise",
}


def test_a_class_has_its_name_for_itself() -> None:
    folders = ("operator", "trial_runner", "tools", "tests/fakes")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
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
