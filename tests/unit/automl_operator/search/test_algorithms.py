"""Every search algorithm keeps the contract of a suggester."""

from automl_operator.search import SUGGESTERS
from contracts.suggester import SuggesterContract


class TestRandomSearch(SuggesterContract):
    algorithm = "random"


class TestGridSearch(SuggesterContract):
    algorithm = "grid"


class TestBayesianSearch(SuggesterContract):
    algorithm = "bayesian"


def test_every_algorithm_has_a_contract_test() -> None:
    assert set(SUGGESTERS) == {suite.algorithm for suite in SuggesterContract.__subclasses__()}
