"""Bayesian search: which learner next, by how the good trials are spread; which parameters, by its own TPE.

One surrogate a learner, because in one for all of them every parameter of the others would be inactive.
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
"""Of n + EXPLORATION choices for a learner with n trials, so many are drawn from the prior: TPE from few trials is too
sure of the best of them. With a random start instead, nothing would be learnt until its end; measured by
benchmarks/search.py."""
ASKS = 16
"""Proposals of the surrogate for one choice; when none of them is new it has converged, and chance takes over."""


class BayesianSearch:
    """Optuna's multivariate TPE over the replayed observations of one learner, which `choose_learner` picks."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """Now and then a draw from the prior, ever more rarely; the surrogate's proposals; then those of random search."""
        generator = seeded(request.seed, index, "bayesian")
        learner = choose_learner(request, generator)
        told = sum(
            one.configuration.learner == learner.name and rank(one, request.total_folds) is not None
            for one in request.observations
        )
        if generator.random() < EXPLORATION / (EXPLORATION + told):
            yield draw_configuration(learner, generator)
        yield from islice(proposals(learner, request, index), ASKS)
        yield from RandomSearch().candidates(request, index)


def choose_learner(request: SuggestRequest, generator: Random) -> LearnerPlan:
    """A learner with a chance of (1 + its trials among the good ones); good is the best square root of all trials.

    The l(x) of TPE over one categorical dimension, with a pseudo-count of one, sampled instead of maximised: the
    ensemble wants more than one learner, and an early favourite may turn out not to be one.
    """
    ranked = [
        (place, seen.configuration.learner)
        for seen in request.observations
        if (place := rank(seen, request.total_folds))
    ]
    good = Counter(learner for _, learner in nsmallest(math.ceil(math.sqrt(len(ranked))), ranked))
    return generator.choices(request.learners, weights=[1 + good[learner.name] for learner in request.learners])[0]
