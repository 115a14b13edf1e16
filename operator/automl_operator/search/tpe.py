"""One learner's surrogate: Optuna's tree-structured Parzen estimator over replayed trials.

A study lives for one call only, so it cannot be lost or differ from the trials. The conversion of single observations
is cached between calls; no answer depends on the cache.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import nsmallest
from itertools import count
from typing import TYPE_CHECKING

from automl_api.resources.plan import LearnerPlan
from automl_api.resources.trial import Configuration
from automl_operator.search.replay import Replay, rank
from automl_operator.search.space import seeded
from automl_operator.search.suggester import Observation, SuggestRequest

if TYPE_CHECKING:
    from optuna.samplers import TPESampler

GOOD = 25
"""The most trials that Optuna's TPE ever treats as good."""
OTHERS = 250
"""The largest number of other trials; the newest are kept.

TPE weighs newer trials more, and each trial costs time at every proposal.
"""


def proposals(learner: LearnerPlan, request: SuggestRequest, index: int) -> Iterator[Configuration]:
    """Configurations of the learner for trial `index`, best first; each one avoids the earlier ones.

    The iterator never ends. It is empty if nothing is known of the learner, or if the learner has no parameter to
    choose.
    """
    from automl_operator.search.ready_trials import study_of

    replay = _replay(learner.to_json(), request.seed, request.total_folds)
    mine = [seen for seen in request.observations if seen.configuration.learner == learner.name]
    trials = [replay.trial(seen) for seen in in_view(mine, request.total_folds)]
    study, sampler = study_of(trials), _sampler(seeded(request.seed, index, "tpe").getrandbits(32))
    for number in count(1 + max((trial.number for trial in trials), default=-1)):
        places = sampler.sample_relative(study, replay.at_work(number, {}), replay.dimensions)
        if not places:
            return
        yield replay.configuration(places)
        trials.append(replay.at_work(number, places))


def in_view(observations: Sequence[Observation], total_folds: int) -> list[Observation]:
    """The observations for the surrogate, in their order: all of up to GOOD + OTHERS, else the best and the newest."""
    if len(observations) <= GOOD + OTHERS:
        return list(observations)
    places = [rank(seen, total_folds) or (1, 0.0) for seen in observations]
    good = set(nsmallest(GOOD, range(len(observations)), key=places.__getitem__))
    newest = [number for number in range(len(observations)) if number not in good][-OTHERS:]
    return [observations[number] for number in sorted((*good, *newest))]


def _sampler(seed: int) -> "TPESampler":
    from optuna.samplers import TPESampler

    return TPESampler(
        seed=seed,
        n_startup_trials=1,  # defaults and portfolio are the start-up
        n_ei_candidates=12,  # half of the default: less greedy, which serves few trials better (benchmarks/search.py)
        multivariate=True,
        constant_liar=True,
    )


@lru_cache(maxsize=128)
def _replay(learner: str, seed: int, total_folds: int) -> Replay:
    """The cached conversions for this learner. Their key is the plan's JSON, because plans are copies."""
    return Replay(LearnerPlan.read_json(learner), seed, total_folds)
