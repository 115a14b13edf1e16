"""Bayesian search: the learner is chosen by its share of the good trials, its parameters by its own TPE.

Each learner has its own surrogate. In a common one, all parameters of the other learners would be inactive.
"""

import math
from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice
from random import Random

from automl_api.resources.plan import LearnerPlan
from automl_api.resources.trial import Configuration
from automl_operator.search.random_search import RandomSearch
from automl_operator.search.replay import rank
from automl_operator.search.space import draw_configuration, seeded
from automl_operator.search.suggester import SuggestRequest
from automl_operator.search.tpe import proposals

EXPLORATION = 3.0
"""With n trials of a learner, a choice is drawn from the prior with probability EXPLORATION / (n + EXPLORATION). A TPE
with few trials is too sure of the best of them, and a random start would learn nothing until its end. Measured by
benchmarks/search.py.
"""
ASKS = 16
"""The most proposals of the surrogate for one choice. If none is new, it has converged, and random draws follow."""


class BayesianSearch:
    """Optuna's multivariate TPE over the replayed observations of one learner, which `choose_learner` picks."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """Perhaps a draw from the prior (rarer with more trials), then the surrogate, then random search."""
        generator = seeded(request.seed, index, "bayesian")
        learner = choose_learner(request, generator)
        trials = sum(
            seen.configuration.learner == learner.name and rank(seen, request.total_folds) is not None
            for seen in request.observations
        )
        if generator.random() < EXPLORATION / (EXPLORATION + trials):
            yield draw_configuration(learner, generator)
        yield from islice(proposals(learner, request, index), ASKS)
        yield from RandomSearch().candidates(request, index)


def choose_learner(request: SuggestRequest, generator: Random) -> LearnerPlan:
    """A learner, drawn with weight 1 + its number of good trials. With n trials, the best sqrt(n) are good.

    This is l(x) of TPE over one categorical dimension with a pseudo-count of one. It is sampled instead of maximised,
    because the ensemble needs more than one learner, and an early favourite may prove worse later.
    """
    ranked = [
        (place, seen.configuration.learner)
        for seen in request.observations
        if (place := rank(seen, request.total_folds))
    ]
    good = Counter(learner for _, learner in nsmallest(math.ceil(math.sqrt(len(ranked))), ranked))
    return generator.choices(request.learners, weights=[1 + good[learner.name] for learner in request.learners])[0]
