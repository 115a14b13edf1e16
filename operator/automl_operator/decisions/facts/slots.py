"""The slots to which work may be granted: free slots of waiting runners, as far as parallelism allows."""

from automl_api.resources import Configuration
from automl_operator.decisions.facts.learners import is_meant_for
from automl_operator.decisions.facts.retry import largest_memory
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress


def room(context: Context) -> int:
    """The number of leases that may be added. Runners not heard from since a restart count as fully busy."""
    unheard = sum(context.pools[runner.pool].slots if runner.pool in context.pools else 1 for runner in context.unheard)
    return context.spec.parallelism - len(context.broker.leases) - unheard


def free_sessions(context: Context) -> list[RunnerSession]:
    """The runners that wait for work, by uid: those with accelerators first, before others use up the parallelism."""
    waiting = (session for session in context.sessions.values() if session.free > 0)
    return sorted(waiting, key=lambda session: (not session.announcement.accelerator, session.uid))


def can_run(context: Context, session: RunnerSession, configuration: Configuration) -> bool:
    """True when a runner has the learner's library and accelerator, and enough memory beside its other work."""
    announced = session.announcement
    if announced.learners and configuration.learner not in announced.learners:
        return False
    needs = _needs(context).get(configuration.learner, (0, ""))
    pool = context.pools.get(context.alive[session.uid].pool)
    if needs[1] not in ("", announced.accelerator) or (pool and not is_meant_for(context, pool, needs[1])):
        return False
    held = [lease for lease in context.broker.leases if lease.runner == session.uid]
    if not announced.memory_bytes or not held:
        return True
    return needs[0] + sum(_memory(context, lease.id) for lease in held) <= announced.memory_bytes


def has_most_memory(context: Context, session: RunnerSession) -> bool:
    """True when no pool's runners have more memory than this one."""
    pool = context.pools.get(context.alive[session.uid].pool)
    return pool is None or pool.memory_bytes >= largest_memory(context)


def _needs(context: Context) -> dict[str, tuple[int, str]]:
    return {x.name: (x.needs.memory_bytes, x.needs.accelerator) for x in context.plan.learners}


def _memory(context: Context, lease: str) -> int:
    """The predicted memory of a leased fit."""
    work_id = context.work_ids.get(lease)
    progress = context.trials_progress.get(work_id.trial) if work_id is not None else None
    return _needs(context).get(progress.learner, (0, ""))[0] if progress is not None else 0


def may_be_at_work(context: Context, progress: TrialProgress) -> bool:
    """True when a runner not heard from since the restart may still be at work on a trial.

    Any such runner counts, because several runners may hold folds of a trial, and only one holder is recorded.
    """
    return progress.trial.status.state == "Running" and bool(context.unheard)
