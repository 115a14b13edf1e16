"""Portfolios are chosen so that some entry is good on each donor, and donors share no row with the report."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def portfolio(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("portfolio")


def test_entries_complement_each_other(portfolio):
    gains = np.array([[0.0, -0.4, -0.2, 0.1], [0.0, 0.1, -0.1, -0.2]])
    assert portfolio.greedy(gains, [1, 2, 3]) == [1, 3]
    assert portfolio.greedy(gains, [2]) == [2]


def test_an_entry_without_a_gain_is_left_out(portfolio):
    assert portfolio.greedy(np.array([[0.0, 0.2, -0.0005]]), [1, 2]) == []


def test_rows_are_recognised_whatever_their_order(portfolio):
    frame = pd.DataFrame({"x": [1, 2], "y": ["a", None]})
    assert portfolio.fingerprints(frame) == portfolio.fingerprints(frame.iloc[::-1])
    assert not portfolio.fingerprints(frame) & portfolio.fingerprints(frame.assign(x=[3, 4]))
