"""The runners that can do a refit, and the time for which finalize waits for missing ones."""

from collections import Counter

from automl_api.condition_types import SEARCHED
from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import capable_pools
from automl_operator.decisions.facts.pending_runners import refused_pools
from automl_operator.decisions.facts.slots import can_run
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress

KIND = "refit"
MOST_FAILURES = 2
"""After this many failures a refit is given up, and the models of the folds are published."""
MOST_LOST_RUNNERS = 2
"""A pool that has lost more runners than this is not waited for."""


def is_able(context: Context, session: RunnerSession, progress: TrialProgress) -> bool:
    """True when a runner can do refits and can train the trial's learner on all rows."""
    configuration = progress.trial.spec.configuration
    return KIND in session.announcement.work and can_run(context, session, configuration, KIND)


def has_runner(context: Context, progress: TrialProgress) -> bool:
    """True when a runner can do the refit, or such a runner may come. After a stop request, no other is awaited."""
    if any(is_able(context, session, progress) for session in context.sessions.values()):
        return True
    if context.sessions and context.spec.stop:
        return False
    return not _closed_pools(context).issuperset(capable_pools(context).get(progress.learner, ()))


@per_context
def _closed_pools(context: Context) -> frozenset[str]:
    """The pools where no further runner is awaited: they have one already, or theirs are refused, fail, or are late."""
    heard = {context.alive[uid].pool for uid in context.sessions}
    denied = {held.pool for held in recent(context) if held.what == "runner" and held.reason}
    ended = [(runner.pool, runner.ending) for runner in context.snapshot.runners if runner.ending is not None]
    crashed = {pool for pool, ending in ended if ending.failure_class not in (None, "infrastructure")}
    lost = Counter(pool for pool, ending in ended if ending.failure_class == "infrastructure")
    unlucky = {pool for pool, count in lost.items() if count > MOST_LOST_RUNNERS}
    late = {pool for pool, until in waited_until(context).items() if until <= context.now}
    return refused_pools(context).union(heard, denied, crashed, unlucky, late)


def waited_until(context: Context) -> dict[str, float]:
    """The time until which finalize waits for each pool's runners: the search's end plus the scale-up timeout."""
    since = search_ended_at(context)
    return {pool.name: since + pool.scale_up_timeout_seconds for pool in context.snapshot.pools}


def search_ended_at(context: Context) -> float:
    """The time at which the search ended; now, where that is not recorded yet."""
    ended = [c.last_transition_time for c in context.status.conditions if (c.type, c.status) == (SEARCHED, "True")]
    return next((moment.timestamp() for moment in ended if moment is not None), context.now)
