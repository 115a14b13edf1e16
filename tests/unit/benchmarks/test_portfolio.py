"""Portfolios are chosen so that some entry is good on each donor, and donors share no row with the report."""

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def portfolio(monkeypatch):
    """The script of benchmarks/, which is importable only from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("portfolio")


def pool_with(portfolio, changes, used=1):
    entries = tuple(json.dumps({"values": {"number": place}}) for place in range(len(changes[0])))
    return portfolio.Pool(entries, used, np.array(changes), tuple(range(len(entries))))


def test_entries_complement_each_other(portfolio):
    changes = np.array([[-0.4, -0.2, 0.1], [0.1, -0.1, -0.2]])
    assert portfolio.greedy(changes, [0, 1, 2], 2) == [0, 2]
    assert portfolio.greedy(changes, [1], 2) == [1]


@pytest.mark.parametrize(
    ("learned", "expected"),
    [
        pytest.param([-0.3, -0.3, -0.4, -0.3], 1, id="clearly better"),
        pytest.param([-0.05, -0.1, -0.05, -0.1], 0, id="worse"),
        pytest.param([-0.9, -0.05, -0.05, -0.05], 0, id="better by one donor only"),
    ],
)
def test_entries_in_use_stay_unless_others_are_better_on_donors_left_out(portfolio, learned, expected):
    (entry,) = portfolio.chosen("learner", pool_with(portfolio, [[-0.1, own] for own in learned]))
    assert entry.values == {"number": expected}


def test_only_candidates_that_every_donor_has_are_chosen(portfolio, monkeypatch):
    monkeypatch.setattr(portfolio, "DEVELOPMENT", {"a": None, "b": None})
    kinds = [("in use", "{}"), ("in use", "old"), ("random", "new"), ("random", "slow")]
    found = {portfolio.Candidate(d, "x", *kind): (1.0, 9.0 if "slow" in kind else 1.0) for d in "ab" for kind in kinds}
    del found[portfolio.Candidate("b", "x", "random", "new")]
    pool = portfolio.Pool.of("x", found)
    assert (pool.entries, pool.used, pool.affordable) == (("old", "slow"), 1, (0,))


def test_a_donor_that_shares_a_row_with_the_report_is_refused(portfolio, monkeypatch):
    class OfFrame:
        def __init__(self, *values):
            self.frame = pd.DataFrame({"x": values})

        def read(self):
            return self.frame

    monkeypatch.setattr(portfolio, "DEVELOPMENT", {"donor": OfFrame(1, 2)})
    monkeypatch.setattr(portfolio, "REPORT", {"table": OfFrame(3)})
    portfolio.check_disjoint()
    monkeypatch.setattr(portfolio, "REPORT", {"table": OfFrame(3, 2)})
    with pytest.raises(SystemExit, match="table shares rows with donor"):
        portfolio.check_disjoint()


def test_the_product_has_the_portfolios_that_follow_from_the_measurements(portfolio):
    assert portfolio.OUTPUT.read_text() == portfolio.portfolios(portfolio.read())
