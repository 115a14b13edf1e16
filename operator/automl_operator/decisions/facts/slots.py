"""The slots to which work may be granted: free slots of waiting runners, as far as parallelism allows."""

from automl_api.protocol import WorkKind
from automl_api.resources import Configuration
from automl_api.resources.plan import Needs
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


def can_run(context: Context, session: RunnerSession, configuration: Configuration, kind: WorkKind = "fit") -> bool:
    """True when a runner has the learner's library and accelerator, and enough memory beside its other work."""
    announced = session.announcement
    if announced.learners and configuration.learner not in announced.learners:
        return False
    needs = _needs(context).get(configuration.learner, Needs())
    pool = context.pools.get(context.alive[session.uid].pool)
    wanted = needs.accelerator
    if wanted not in ("", announced.accelerator) or (pool and not is_meant_for(context, pool, wanted)):
        return False
    held = [lease for lease in context.broker.leases if lease.runner == session.uid]
    if not announced.memory_bytes or not held:
        return True
    used = sum(_memory(context, lease.id) for lease in held)
    return needs.memory_of(kind) + used <= announced.memory_bytes


def has_most_memory(context: Context, session: RunnerSession) -> bool:
    """True when no pool's runners have more memory than this one."""
    pool = context.pools.get(context.alive[session.uid].pool)
    return pool is None or pool.memory_bytes >= largest_memory(context)


def _needs(context: Context) -> dict[str, Needs]:
    return {learner.name: learner.needs for learner in context.plan.learners}


def _memory(context: Context, lease: str) -> int:
    """The predicted memory of a leased fit or refit."""
    work_id = context.work_ids.get(lease)
    if work_id is None or (progress := context.trials_progress.get(work_id.trial)) is None:
        return 0
    return _needs(context).get(progress.learner, Needs()).memory_of(work_id.kind)


def may_be_at_work(context: Context, progress: TrialProgress) -> bool:
    """True when a runner not heard from since the restart may still be at work on a trial.

    Any such runner counts, because several runners may hold folds of a trial, and only one holder is recorded.
    """
    return progress.trial.status.state == "Running" and bool(context.unheard)
