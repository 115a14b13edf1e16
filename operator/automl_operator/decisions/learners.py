"""Which learners new trials may have: not those that only fail, that no pool can run, or that would take too long."""

from collections import Counter

from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.situation import Situation, per_progress
from automl_operator.decisions.snapshot import Pool


@per_progress
def left_out(situation: Situation) -> dict[str, str]:
    """Learners with more trials that ended in a program's error than trials with a finished fold; with the last words."""
    failed: Counter[str] = Counter()
    fine: Counter[str] = Counter()
    words: dict[str, str] = {}
    for standing in situation.standings.values():
        if standing.state == "Failed" and standing.trial.status.failure_class == "program":
            failed[standing.learner] += 1
            words[standing.learner] = f"{standing.trial.status.reason}: {standing.trial.status.message}"
        elif standing.begun:
            fine[standing.learner] += 1
    return {learner: words[learner] for learner in failed if failed[learner] > fine[learner]}


@per_progress
def worth_trying(situation: Situation) -> tuple[LearnerPlan, ...]:
    """The learners that new trials may have, as far as time does not matter; cheapest first."""
    remaining = tuple(learner for learner in situation.plan.learners if learner.name not in left_out(situation))
    fitting = tuple(x for x in remaining if any(_runs(pool, x) for pool in situation.snapshot.pools))
    return fitting or remaining


def _runs(pool: Pool, learner: LearnerPlan) -> bool:
    needs = learner.needs
    accelerated = needs.accelerator in ("", pool.accelerator)
    return accelerated and (not pool.memory_bytes or needs.memory_bytes <= pool.memory_bytes)
