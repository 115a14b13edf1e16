"""Which runners can do a refit, and for how long one that has not come yet is waited for."""

from collections import Counter

from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import fitting_pools
from automl_operator.decisions.facts.pending_runners import refused_pools
from automl_operator.decisions.facts.slots import can_run
from automl_operator.decisions.lifecycle.search_end import SEARCHED
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress

KIND = "refit"
MOST_FAILURES = 2
"""A trial is published by the models of its folds where its refit, or the runners for it, have failed so often."""


def is_able(context: Context, session: RunnerSession, progress: TrialProgress) -> bool:
    """Whether a runner knows refits, and can train the trial's learner."""
    return KIND in session.announcement.work and can_run(context, session, progress.trial.spec.configuration)


def has_runner(context: Context, progress: TrialProgress) -> bool:
    """Whether a runner can do a refit, or one may come that can. Who has said stop waits for no other runners."""
    if any(is_able(context, session, progress) for session in context.sessions.values()):
        return True
    if context.sessions and context.spec.stop:
        return False
    return not _closed_pools(context).issuperset(fitting_pools(context).get(progress.learner, ()))


@per_context
def _closed_pools(context: Context) -> frozenset[str]:
    """The pools that no other runner is waited for in: theirs are known, are denied, end in failures, or are late."""
    heard = {context.alive[uid].pool for uid in context.sessions}
    denied = {held.pool for held in recent(context) if held.what == "runner" and held.reason}
    ended = [(runner.pool, runner.ending) for runner in context.snapshot.runners if runner.ending is not None]
    crashed = {pool for pool, ending in ended if ending.failure_class not in (None, "infrastructure")}
    lost = Counter(pool for pool, ending in ended if ending.failure_class == "infrastructure")
    unlucky = {pool for pool, count in lost.items() if count > MOST_FAILURES}
    late = {pool for pool, until in waited_until(context).items() if until <= context.now}
    return refused_pools(context).union(heard, denied, crashed, unlucky, late)


def waited_until(context: Context) -> dict[str, float]:
    """Until when finalize waits for runners of each pool: as long after the search as one may take to start."""
    ended = [c.last_transition_time for c in context.status.conditions if (c.type, c.status) == (SEARCHED, "True")]
    since = next((moment.timestamp() for moment in ended if moment is not None), context.now)
    return {pool.name: since + pool.scale_up_timeout_seconds for pool in context.snapshot.pools}
