"""Runners: started for work that can be done now, sent away when they idle, removed when they have ended."""

from functools import partial

from automl_api.names import runner_name
from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.state.actions import Action, Dismiss, StartRunner, StopRunner
from automl_operator.decisions.facts.retry import largest_memory
from automl_operator.decisions.facts.held_writes import held_back, is_denied
from automl_operator.decisions.facts.learners import fitting_pools, is_meant_for
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refits import open_refits, refits_to_come
from automl_operator.decisions.lifecycle.experiment_state.search_end import no_more_trials, search_end
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import Pool, RunnerState
from automl_operator.decisions.facts.pending_runners import is_refused, on_their_way, refused_runners, refused_until, stuck_runners
from automl_operator.decisions.lifecycle.whole_work import WholeWork, is_handed_in, work_status
from automl_operator.search.suggester import Suggestion

SILENCE_SECONDS = 2 * LEASE_LIFETIME_SECONDS
"""A runner that was heard once and is silent for so long is stopped: its work was given up before."""


def reap_runners(situation: Context) -> list[Action]:
    """Remove ended runners.

    One that failed with nothing in its hands is kept as evidence until a runner has done something: a few of them, and
    the experiment fails instead of starting runners for ever. One that was only lost is none while another is at work,
    and one that the cluster refuses keeps its place for a while: another would be refused as well.
    """
    succeeded = any(handed.result.outcome == "succeeded" for handed in situation.desk.handed)
    at_work = any(lease.runner in situation.alive for lease in situation.desk.leases)
    harmless = {None, "infrastructure"} if at_work else {None}
    return [
        StopRunner(runner.name, "it has ended")
        for runner in situation.snapshot.runners
        if runner.phase == "ended" and not is_refused(runner) and (succeeded or _failure_class(runner) in harmless)
    ] + _replaced(situation)


def _replaced(situation: Context) -> list[Action]:
    """Remove runners that were refused some time ago, so that others are tried."""
    return [
        StopRunner(runner.name, "it was refused, and another is tried")
        for runner in refused_runners(situation)
        if (until := refused_until(runner)) is not None and until <= situation.now
    ]


def _failure_class(runner: RunnerState) -> str | None:
    return runner.ending.failure_class if runner.ending is not None else None


def scale_runners(situation: Context) -> list[Action]:
    """Start runners where slots lack, stop silent ones, and dismiss those that idle without a prospect of work."""
    if state(situation) in ("Suspended", "Complete", "Failed"):
        return []
    trouble = situation.snapshot.store_trouble
    started = [] if trouble is not None and trouble.blocks else _started(situation)
    return [*_silent(situation), *started, *_dismissed(situation)]


@per_context
def wanted_slots(situation: Context) -> int:
    """How many slots can be put to work now."""
    if state(situation) != "Searching":
        if is_handed_in(situation, "finalize" if situation.snapshot.plan else "prepare"):
            return 0
        return min(situation.spec.parallelism, max(1, refits_to_come(situation)))
    folds = sum(len(standing.open) for standing in situation.unfinished)
    work = len(situation.leases_of("fit")) + folds
    if no_more_trials(situation) is None and not is_denied(situation, "trial"):
        work += max(0, situation.spec.budget.trials - len(situation.snapshot.trials))
    end = search_end(situation)
    if end is not None and end.cut:
        work = max(1, len(situation.leases_of("fit")))
    return min(situation.spec.parallelism, work)


def _started(situation: Context) -> list[Action]:
    lacking = wanted_slots(situation) - sum(_slots(situation, runner) for runner in _staff(situation))
    pools = sorted(situation.snapshot.pools, key=partial(_frugally, slots=lacking))
    actions = [_start(situation, pool) for pool in _special_pools(situation)]
    lacking -= sum(situation.pools[start.pool].slots for start in actions)
    for pool in pools:
        stuck = _stuck_slots(situation, pool)
        of_use = _slots_of_use(situation.after(actions), pool)
        while min(lacking, of_use) > stuck and _places(situation.after(actions), pool) > 0:
            actions.append(_start(situation.after(actions), pool))
            lacking -= pool.slots
            of_use -= pool.slots
    return list(actions)


def _slots_of_use(situation: Context, pool: Pool) -> int:
    """How many more slots a pool may have: with an accelerator only as many as there is work that waits for it."""
    if is_meant_for(situation, pool, ""):
        return situation.spec.parallelism
    slots = sum(_slots(situation, runner) for runner in on_their_way(situation) if runner.pool == pool.name)
    return _waiting_for(situation, pool.accelerator) - slots


def _waiting_for(situation: Context, accelerator: str) -> int:
    """Folds of begun trials, suggestions, and after the search refits, that wait for a slot with an accelerator."""
    if situation.snapshot.plan is None:
        return 0
    learners = {learner.name for learner in situation.plan.learners if learner.needs.accelerator == accelerator}
    if state(situation) != "Searching":
        return sum(standing.learner in learners for standing in open_refits(situation))
    folds = sum(len(standing.open) for standing in situation.unfinished if standing.learner in learners)
    return folds + sum(suggestion.configuration.learner in learners for suggestion in _coming(situation))


def _coming(situation: Context) -> tuple[Suggestion, ...]:
    """The suggestions that can become trials; none while trials cannot be created."""
    return () if is_denied(situation, "trial") else situation.desk.suggestions


def _frugally(pool: Pool, slots: int) -> tuple[bool, float]:
    """The order in which pools are used: accelerators last; of equal ones first where a slot of so many costs least."""
    return pool.accelerator != "", pool.cost_per_hour / max(1, min(pool.slots, slots))


def _special_pools(situation: Context) -> list[Pool]:
    """Pools that work waits for which no runner of the staff can do: a library, an accelerator, memory after a failure."""
    pending = (runner for runner in situation.snapshot.runners if runner.phase == "pending")
    staffed = {runner.pool for runner in (*_staff(situation), *pending)}
    found: list[Pool] = []
    for pools in _suitable_pools(situation):
        free = [pool for pool in pools if _places(situation, pool) > 0]
        if free and not any(pool.name in staffed or pool in found for pool in pools):
            found.append(free[0])
    return found


def _suitable_pools(situation: Context) -> list[list[Pool]]:
    """For each learner that waits for a slot, and for what has run out of memory, the pools that have what it takes."""
    pools = sorted(situation.snapshot.pools, key=partial(_frugally, slots=1))
    waiting = _waiting_learners(situation)
    fitting = fitting_pools(situation).items() if waiting else ()
    suitable = [[pool for pool in pools if pool.name in names] for learner, names in fitting if learner in waiting]
    if _has_run_out_of_memory(situation):
        suitable.append([pool for pool in pools if pool.memory_bytes >= largest_memory(situation)])
    return suitable


def _waiting_learners(situation: Context) -> set[str]:
    if situation.snapshot.plan is None:
        return set()
    if state(situation) != "Searching":
        return {standing.learner for standing in open_refits(situation)}
    waiting = {standing.learner for standing in situation.unfinished if standing.open}
    return waiting | {suggestion.configuration.learner for suggestion in _coming(situation)}


def _has_run_out_of_memory(situation: Context) -> bool:
    """Whether something that has to be done again needs more memory than its runner had."""
    if state(situation) == "Searching":
        return any(s.trial.status.resource_failures for s in situation.unfinished if s.open)
    kind: WholeWork = "finalize" if situation.snapshot.plan else "prepare"
    return work_status(situation, kind).resource_failures > 0


def _places(situation: Context, pool: Pool) -> int:
    if held_back(situation, "runner", pool.name):
        return 0
    taken = (runner for runner in situation.snapshot.runners if runner.phase != "ended" or is_refused(runner))
    return pool.max_runners - sum(runner.pool == pool.name for runner in taken)


def _start(situation: Context, pool: Pool) -> StartRunner:
    return StartRunner(_new_name(situation, pool), pool.name)


def _new_name(situation: Context, pool: Pool) -> str:
    taken = {runner.name for runner in situation.snapshot.runners}
    meta = situation.snapshot.experiment.metadata
    index = 0
    while (name := runner_name(meta.name, meta.uid, pool.name, index)) in taken:
        index += 1
    return name


def _staff(situation: Context) -> list[RunnerState]:
    """The runners that work, or will, as far as nothing is known to keep them from it."""
    return [
        runner
        for runner in situation.snapshot.runners
        if (runner.phase == "pending" and not runner.trouble)
        or (runner.phase == "running" and _heard(situation, runner))
    ]


def _heard(situation: Context, runner: RunnerState) -> bool:
    session = situation.sessions.get(runner.uid)
    return session is None or situation.now - session.last_heard <= LEASE_LIFETIME_SECONDS


def _stuck_slots(situation: Context, pool: Pool) -> int:
    """Slots of runners that do not start, or never will: they keep their own pool from starting more, and no other."""
    runners = (*stuck_runners(situation), *refused_runners(situation))
    return sum(_slots(situation, runner) for runner in runners if runner.pool == pool.name)


def _slots(situation: Context, runner: RunnerState) -> int:
    session = situation.sessions.get(runner.uid)
    if session is not None:
        return session.announcement.slots
    return situation.pools[runner.pool].slots if runner.pool in situation.pools else 1


def _silent(situation: Context) -> list[Action]:
    return [
        StopRunner(situation.alive[uid].name, "nothing was heard of it")
        for uid, session in situation.sessions.items()
        if situation.now - session.last_heard > SILENCE_SECONDS
    ]


def _dismissed(situation: Context) -> list[Action]:
    """Send idle runners away, as long as enough slots stay."""
    spare = sum(_slots(situation, runner) for runner in _staff(situation)) - wanted_slots(situation)
    actions: list[Action] = []
    for uid, leaves_at in sorted(idle_until(situation).items(), reverse=True):
        if leaves_at <= situation.now and _may_leave(situation, uid, spare):
            actions.append(Dismiss(uid))
            spare -= _slots(situation, situation.alive[uid])
    return actions


def _may_leave(situation: Context, uid: str, spare: int) -> bool:
    """Whether enough slots stay without a runner; an accelerator is kept for what waits for it, and for nothing else."""
    runner = situation.alive[uid]
    pool = situation.pools.get(runner.pool)
    if pool is None or is_meant_for(situation, pool, ""):
        return _slots(situation, runner) <= spare
    return not _waiting_for(situation, pool.accelerator)


def idle_until(situation: Context) -> dict[str, float]:
    """Until when each idle runner may wait for work, by uid."""
    patience = {pool.name: pool.idle_timeout_seconds for pool in situation.snapshot.pools}
    return {
        uid: session.idle_since + patience.get(situation.alive[uid].pool, 0.0)
        for uid, session in situation.sessions.items()
        if session.idle_since is not None
    }
