"""The images, and the changes after which one is built again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.source_tree import ROOT
from images.archives import archive, directory, superseded
from images.content import key
from images.recipes import FOR_BENCHMARKS, FOR_TESTS, LOCKS, SOURCES, frozen_tree, recipes


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A minimal work tree from which images can be built."""
    contents = {
        "LICENSE": "Apache",
        "README.md": "read me",
        "pyproject.toml": '[project]\nversion = "1.2.3"\n',
        ".containerignore": "*",
        "operator/Containerfile": "FROM x",
        "operator/automl/cli.py": "print()",
        "trial_runner/Containerfile": "FROM x",
        "trial_runner/automl_runner/fit.py": "print()",
        "requirements/tools.txt": "uv",
        "requirements/operator.txt": "kopf",
        "requirements/catboost.txt": "catboost",
    }
    for name, text in contents.items():
        write(tmp_path / "tree" / name, text)
    return tmp_path / "tree"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def keys(tree: Path, **environment: str) -> dict[str, str]:
    return {recipe.name: recipe.key for recipe in recipes(tree, environment)}


BOTH = {"automl-operator", "automl-runner"}


@pytest.mark.parametrize(
    ("change", "rebuilt"),
    [
        pytest.param(lambda tree: write(tree / "operator/automl/cli.py", "print(1)"), BOTH, id="a line of source"),
        pytest.param(lambda tree: write(tree / "operator/automl/new.py", ""), BOTH, id="a new file"),
        pytest.param(lambda tree: (tree / "operator/automl/cli.py").unlink(), BOTH, id="a removed file"),
        pytest.param(lambda tree: (tree / "operator/automl/cli.py").chmod(0o755), BOTH, id="a mode"),
        pytest.param(lambda tree: write(tree / "requirements/tools.txt", "uv2"), BOTH, id="the tools' lock"),
        pytest.param(
            lambda tree: write(tree / "requirements/catboost.txt", "x"), {"automl-runner"}, id="the runner's lock"
        ),
        pytest.param(
            lambda tree: write(tree / "operator/Containerfile", "FROM y"), {"automl-operator"}, id="a Containerfile"
        ),
        pytest.param(lambda tree: write(tree / "docs/x.md", ""), set(), id="a document: none"),
        pytest.param(lambda tree: write(tree / "operator/__pycache__/x.pyc", ""), set(), id="bytecode: none"),
        pytest.param(lambda tree: (tree / "LICENSE").touch(), set(), id="a time stamp: none"),
    ],
)
def test_a_change_rebuilds_these_images(tree: Path, change: Callable[[Path], object], rebuilt: set[str]) -> None:
    before = keys(tree)
    change(tree)
    after = keys(tree)
    assert {name for name in after if after[name] != before[name]} == rebuilt


def test_a_moved_file_changes_the_key(tmp_path: Path) -> None:
    write(tmp_path / "one/ab", "c")
    write(tmp_path / "two/a", "bc")
    assert key(root=tmp_path / "one", names=["ab"]) != key(root=tmp_path / "two", names=["a"])


def test_another_base_image_changes_the_key(tree: Path) -> None:
    named = recipes(tree, {"BASE_IMAGE": "docker.io/library/python:3.11-slim"})
    assert {recipe.base_reference for recipe in named} == {"docker.io/library/python:3.11-slim"}
    assert set(keys(tree).values()).isdisjoint(recipe.key for recipe in named)


def test_a_copy_of_the_tree_has_the_same_keys_and_is_not_changed(tree: Path) -> None:
    write(tree / FOR_TESTS / "Containerfile", "FROM z")
    write(tree / FOR_TESTS / "learners/needy.json", "{}")
    before = keys(tree)
    with frozen_tree(tree) as copy:
        write(tree / "operator/automl/cli.py", "half a li")
        assert keys(copy) == before


def test_the_runner_for_tests_is_built_on_the_runner_if_its_folder_exists(tree: Path) -> None:
    assert "automl-runner-test" not in keys(tree)
    write(tree / FOR_TESTS / "Containerfile", "ARG BASE\nFROM ${BASE}\nCOPY needy.json /x")
    write(tree / FOR_TESTS / "needy.json", "{}")
    for_tests, key_before = recipes(tree, {})[-1], keys(tree)["automl-runner-test"]
    assert (for_tests.reference, for_tests.base_reference) == (
        "localhost/automl-runner-test:1",
        "localhost/automl-runner:1.2.3",
    )
    write(tree / "trial_runner/automl_runner/fit.py", "pass")
    assert keys(tree)["automl-runner-test"] != key_before


def test_the_runner_for_benchmarks_is_built_only_on_request(tree: Path) -> None:
    write(tree / FOR_BENCHMARKS / "Containerfile", "ARG BASE\nFROM ${BASE}\nCOPY sleeper.py /x")
    write(tree / FOR_BENCHMARKS / "sleeper.py", "sleep()")
    assert "automl-runner-bench" not in keys(tree)
    with frozen_tree(tree) as copy:
        for_benchmarks = recipes(copy, {}, benchmarks=True)[-1]
    assert for_benchmarks.reference == "localhost/automl-runner-bench:1"
    assert for_benchmarks.base_reference == "localhost/automl-runner:1.2.3"


def test_the_error_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="README"):
        key(root=tmp_path, names=["README.md"])


def test_the_ignore_file_admits_exactly_the_files_of_the_keys() -> None:
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert let_in == {*SOURCES, LOCKS}
    assert {line.removeprefix("**/") for line in lines if line.startswith("**/")} == {"__pycache__", "Containerfile"}


def test_the_cache_is_in_the_users_cache_folder() -> None:
    assert directory({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/automl-operator/images")
    assert directory({}).is_relative_to(Path.home())


def test_only_the_newest_archive_of_an_image_is_kept(tree: Path, tmp_path: Path) -> None:
    operator = recipes(tree, {})[0]
    others = [tmp_path / f"automl-operator-{age:012x}.tar" for age in range(4)]
    for age, file in enumerate(others):
        file.touch()
        os.utime(file, (1e9 - age, 1e9 - age))
    current = archive(operator, tmp_path)
    current.touch()
    os.utime(current, (0, 0))
    (tmp_path / "automl-operator-test-0123456789ab.tar").touch()
    assert superseded(operator, tmp_path) == others[2:]
