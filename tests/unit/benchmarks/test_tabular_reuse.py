"""The reuse of runs that were kept, on which hours of measuring depend."""

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def is_measured(monkeypatch):
    """The function of a script of benchmarks/, which is importable only from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("tabular").is_measured


def a_key(commit="0123456789", system="ours"):
    return {"set": "phoneme", "system": system, "versions": {"commit": commit}}


@pytest.mark.parametrize(
    ("kept", "reused"),
    [
        pytest.param(a_key() | {"foreign_share": 0.01}, True, id="the same and quiet"),
        pytest.param(a_key() | {"foreign_share": 0.2}, False, id="disturbed"),
        pytest.param(a_key("another") | {"foreign_share": 0.01}, False, id="of another product"),
    ],
)
def test_a_quiet_run_of_the_same_product_is_reused(kept, reused, is_measured):
    assert is_measured(a_key(), [kept]) is reused


def test_changes_without_a_commit_are_never_the_same_product(is_measured):
    key = a_key("0123456789-dirty")
    assert not is_measured(key, [key | {"foreign_share": 0.0}])
