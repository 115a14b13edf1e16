"""Which runners can do a refit, and for how long one that has not come yet is waited for."""

from collections import Counter

from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import fitting_pools
from automl_operator.decisions.lifecycle.experiment_state.search_end import SEARCHED
from automl_operator.decisions.facts.slots import can_run
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.facts.pending_runners import refused_pools

KIND = "refit"
MOST_FAILURES = 2
"""A trial is published by the models of its folds where its refit, or the runners for it, have failed so often."""


def is_able(situation: Context, session: RunnerSession, standing: TrialProgress) -> bool:
    """Whether a runner knows refits, and can train the trial's learner."""
    return KIND in session.announcement.work and can_run(situation, session, standing.trial.spec.configuration)


def has_runner(situation: Context, standing: TrialProgress) -> bool:
    """Whether a runner can do a refit, or one may come that can. Who has said stop waits for no other runners."""
    if any(is_able(situation, session, standing) for session in situation.sessions.values()):
        return True
    if situation.sessions and situation.spec.stop:
        return False
    return not _closed_pools(situation).issuperset(fitting_pools(situation).get(standing.learner, ()))


@per_context
def _closed_pools(situation: Context) -> frozenset[str]:
    """The pools that no other runner is waited for in: theirs are known, are denied, end in failures, or are late."""
    heard = {situation.alive[uid].pool for uid in situation.sessions}
    denied = {held.pool for held in recent(situation) if held.what == "runner" and held.reason}
    ended = [(runner.pool, runner.ending) for runner in situation.snapshot.runners if runner.ending is not None]
    crashed = {pool for pool, ending in ended if ending.failure_class not in (None, "infrastructure")}
    lost = Counter(pool for pool, ending in ended if ending.failure_class == "infrastructure")
    unlucky = {pool for pool, count in lost.items() if count > MOST_FAILURES}
    late = {pool for pool, until in waited_until(situation).items() if until <= situation.now}
    return refused_pools(situation).union(heard, denied, crashed, unlucky, late)


def waited_until(situation: Context) -> dict[str, float]:
    """Until when finalize waits for runners of each pool: as long after the search as one may take to start."""
    ended = [c.last_transition_time for c in situation.status.conditions if (c.type, c.status) == (SEARCHED, "True")]
    since = next((moment.timestamp() for moment in ended if moment is not None), situation.now)
    return {pool.name: since + pool.scale_up_timeout_seconds for pool in situation.snapshot.pools}
