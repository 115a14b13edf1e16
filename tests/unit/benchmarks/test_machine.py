"""The version of the product that figures belong to."""

import importlib
import subprocess
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def product_commit(monkeypatch):
    """The function of a script of benchmarks/, which is importable only from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("machine").product_commit


def commit(root: Path, name: str, text: str) -> str:
    """Write and commit a file; returns the commit."""
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["add", "-A"], [*author, "commit", "-q", "-m", name], ["rev-parse", "--short=10", "HEAD"]):
        done = subprocess.run(["git", "-C", str(root), *command], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_results_and_documents_are_no_new_version_of_the_product(checkout, product_commit):
    product = commit(checkout, "operator/a.py", "1")
    commit(checkout, "docs/a.md", "text")
    (checkout / "results.jsonl").write_text("a run")
    assert product_commit(checkout) == product


def test_a_commit_of_the_product_is_a_new_version(checkout, product_commit):
    commit(checkout, "operator/a.py", "1")
    second = commit(checkout, "trial_runner/a.py", "1")
    assert product_commit(checkout) == second


def test_a_changed_product_is_no_commit(checkout, product_commit):
    product = commit(checkout, "operator/a.py", "1")
    (checkout / "operator/a.py").write_text("2")
    assert product_commit(checkout) == f"{product}-dirty"


def test_a_folder_without_a_history_says_so(tmp_path, product_commit):
    assert product_commit(tmp_path) == "no git checkout"
