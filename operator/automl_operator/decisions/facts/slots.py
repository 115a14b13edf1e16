"""Where work may be granted: slots that wait for an answer, as far as parallelism allows."""

from automl_api.resources import Configuration
from automl_operator.decisions.facts.retry import largest_memory
from automl_operator.decisions.facts.learners import is_meant_for
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import RunnerSession


def room(situation: Context) -> int:
    """How many more leases there may be; runners that were not heard of since a restart may hold some."""
    unheard = sum(
        situation.pools[runner.pool].slots if runner.pool in situation.pools else 1 for runner in situation.silent
    )
    return situation.spec.parallelism - len(situation.desk.leases) - unheard


def free_sessions(situation: Context) -> list[RunnerSession]:
    """The runners that wait for work: those with accelerators first, so that others' work leaves them room; by uid."""
    waiting = (session for session in situation.sessions.values() if session.free > 0)
    return sorted(waiting, key=lambda session: (not session.announcement.accelerator, session.uid))


def can_run(situation: Context, session: RunnerSession, configuration: Configuration) -> bool:
    """Whether a runner has the learner's library, its accelerator, and the memory beside what it does already."""
    announced = session.announcement
    if announced.learners and configuration.learner not in announced.learners:
        return False
    needs = _needs(situation).get(configuration.learner, (0, ""))
    pool = situation.pools.get(situation.alive[session.uid].pool)
    if needs[1] not in ("", announced.accelerator) or (pool and not is_meant_for(situation, pool, needs[1])):
        return False
    held = [lease for lease in situation.desk.leases if lease.runner == session.uid]
    if not announced.memory_bytes or not held:
        return True
    return needs[0] + sum(_memory(situation, lease.id) for lease in held) <= announced.memory_bytes


def has_most_memory(situation: Context, session: RunnerSession) -> bool:
    """Whether no pool's runners have more memory than this one."""
    pool = situation.pools.get(situation.alive[session.uid].pool)
    return pool is None or pool.memory_bytes >= largest_memory(situation)


def _needs(situation: Context) -> dict[str, tuple[int, str]]:
    return {x.name: (x.needs.memory_bytes, x.needs.accelerator) for x in situation.plan.learners}


def _memory(situation: Context, lease: str) -> int:
    """The predicted memory of a fit that is at work."""
    piece = situation.pieces.get(lease)
    standing = situation.standings.get(piece.trial) if piece is not None else None
    return _needs(situation).get(standing.learner, (0, ""))[0] if standing is not None else 0
