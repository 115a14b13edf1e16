"""The number of runners: they start for work that can be done now, and leave when they idle."""

from functools import partial

from automl_api.names import runner_name
from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.facts.held_writes import held_back, is_denied
from automl_operator.decisions.facts.learners import capable_pools, is_meant_for
from automl_operator.decisions.facts.pending_runners import (
    is_refused,
    on_their_way,
    refused_runners,
    stuck_runners,
)
from automl_operator.decisions.facts.retry import largest_memory
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refits import open_refits, refits_to_come
from automl_operator.decisions.lifecycle.search_end import no_more_trials, search_end
from automl_operator.decisions.lifecycle.whole_work import has_pending_result, work_status
from automl_operator.decisions.state.actions import Action, Dismiss, StartRunner, StopRunner
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import Pool, RunnerState
from automl_operator.search.suggester import Suggestion

SILENCE_SECONDS = 2 * LEASE_LIFETIME_SECONDS
"""A runner that has not reported for this long is stopped; its work was given up earlier."""


def scale_runners(context: Context) -> list[Action]:
    """Start runners where slots are missing, stop silent ones, and dismiss idle ones for which no work is expected."""
    if state(context) in ("Suspended", "Complete", "Failed"):
        return []
    problem = context.snapshot.store_problem
    started = [] if problem is not None and problem.blocks else _started(context)
    return [*_silent(context), *started, *_dismissed(context)]


@per_context
def _wanted_slots(context: Context) -> int:
    """The number of slots that can be put to work now."""
    if state(context) != "Searching":
        if has_pending_result(context, "finalize" if context.snapshot.plan else "prepare"):
            return 0
        return min(context.spec.parallelism, max(1, refits_to_come(context)))
    folds = sum(len(progress.open) for progress in context.unfinished)
    work = len(context.leases_of("fit")) + folds
    if no_more_trials(context) is None and not is_denied(context, "trial"):
        work += max(0, context.spec.budget.trials - len(context.snapshot.trials))
    end = search_end(context)
    if end is not None and end.cut:
        work = max(1, len(context.leases_of("fit")))
    return min(context.spec.parallelism, work)


def _started(context: Context) -> list[Action]:
    lacking = _wanted_slots(context) - sum(_slots(context, runner) for runner in _serving_runners(context))
    pools = sorted(context.snapshot.pools, key=partial(_frugally, slots=lacking))
    actions = [_start(context, pool) for pool in _special_pools(context)]
    lacking -= sum(context.pools[start.pool].slots for start in actions)
    for pool in pools:
        stuck = _stuck_slots(context, pool)
        of_use = _slots_of_use(context.after(actions), pool)
        while min(lacking, of_use) > stuck and _places(context.after(actions), pool) > 0:
            actions.append(_start(context.after(actions), pool))
            lacking -= pool.slots
            of_use -= pool.slots
    return list(actions)


def _slots_of_use(context: Context, pool: Pool) -> int:
    """The number of slots that the pool may still use.

    A pool with an accelerator may use as many as the waiting work needs.
    """
    if is_meant_for(context, pool, ""):
        return context.spec.parallelism
    slots = sum(_slots(context, runner) for runner in on_their_way(context) if runner.pool == pool.name)
    return _waiting_for(context, pool.accelerator) - slots


def _waiting_for(context: Context, accelerator: str) -> int:
    """The number of folds, suggestions and (after the search) refits that wait for a slot with an accelerator."""
    if context.snapshot.plan is None:
        return 0
    learners = {learner.name for learner in context.plan.learners if learner.needs.accelerator == accelerator}
    if state(context) != "Searching":
        return sum(progress.learner in learners for progress in open_refits(context))
    folds = sum(len(progress.open) for progress in context.unfinished if progress.learner in learners)
    return folds + sum(suggestion.configuration.learner in learners for suggestion in _coming(context))


def _coming(context: Context) -> tuple[Suggestion, ...]:
    """The suggestions that can become trials; empty while trials cannot be created."""
    return () if is_denied(context, "trial") else context.broker.suggestions


def _frugally(pool: Pool, slots: int) -> tuple[bool, float]:
    """The sort key of pools: those without accelerator first, then the lowest price of a slot.

    The price is the pool's when `slots` slots are needed.
    """
    return pool.accelerator != "", pool.cost_per_hour / max(1, min(pool.slots, slots))


def _special_pools(context: Context) -> list[Pool]:
    """The pools to start for work that no current runner can do, for lack of a library, an accelerator, or memory."""
    pending = (runner for runner in context.snapshot.runners if runner.phase == "pending")
    served_pools = {runner.pool for runner in (*_serving_runners(context), *pending)}
    found: list[Pool] = []
    for pools in _suitable_pools(context):
        free = [pool for pool in pools if _places(context, pool) > 0]
        if free and not any(pool.name in served_pools or pool in found for pool in pools):
            found.append(free[0])
    return found


def _suitable_pools(context: Context) -> list[list[Pool]]:
    """The suitable pools for each learner that waits for a slot, and for work that ran out of memory."""
    pools = sorted(context.snapshot.pools, key=partial(_frugally, slots=1))
    waiting = _waiting_learners(context)
    fitting = capable_pools(context).items() if waiting else ()
    suitable = [[pool for pool in pools if pool.name in names] for learner, names in fitting if learner in waiting]
    if _has_run_out_of_memory(context):
        suitable.append([pool for pool in pools if pool.memory_bytes >= largest_memory(context)])
    return suitable


def _waiting_learners(context: Context) -> set[str]:
    if context.snapshot.plan is None:
        return set()
    if state(context) != "Searching":
        return {progress.learner for progress in open_refits(context)}
    waiting = {progress.learner for progress in context.unfinished if progress.open}
    return waiting | {suggestion.configuration.learner for suggestion in _coming(context)}


def _has_run_out_of_memory(context: Context) -> bool:
    """True when work that must be redone needs more memory than its runner had."""
    if state(context) == "Searching":
        return any(progress.trial.status.resource_failures for progress in context.unfinished if progress.open)
    return work_status(context, "finalize" if context.snapshot.plan else "prepare").resource_failures > 0


def _places(context: Context, pool: Pool) -> int:
    if held_back(context, "runner", pool.name):
        return 0
    taken = (runner for runner in context.snapshot.runners if runner.phase != "ended" or is_refused(runner))
    return pool.max_runners - sum(runner.pool == pool.name for runner in taken)


def _start(context: Context, pool: Pool) -> StartRunner:
    return StartRunner(_new_name(context, pool), pool.name)


def _new_name(context: Context, pool: Pool) -> str:
    taken = {runner.name for runner in context.snapshot.runners}
    meta = context.snapshot.experiment.metadata
    index = 0
    while (name := runner_name(meta.name, meta.uid, pool.name, index)) in taken:
        index += 1
    return name


def _serving_runners(context: Context) -> list[RunnerState]:
    """The runners that work, and those that will unless a problem turns up."""
    return [
        runner
        for runner in context.snapshot.runners
        if (runner.phase == "pending" and not runner.problem)
        or (runner.phase == "running" and _is_reporting(context, runner))
    ]


def _is_reporting(context: Context, runner: RunnerState) -> bool:
    session = context.sessions.get(runner.uid)
    return session is None or context.now - session.last_heartbeat <= LEASE_LIFETIME_SECONDS


def _stuck_slots(context: Context, pool: Pool) -> int:
    """Slots of runners that do not start. They keep their own pool from starting more runners, but no other pool."""
    runners = (*stuck_runners(context), *refused_runners(context))
    return sum(_slots(context, runner) for runner in runners if runner.pool == pool.name)


def _slots(context: Context, runner: RunnerState) -> int:
    session = context.sessions.get(runner.uid)
    if session is not None:
        return session.announcement.slots
    return context.pools[runner.pool].slots if runner.pool in context.pools else 1


def _silent(context: Context) -> list[Action]:
    return [
        StopRunner(context.alive[uid].name, "it has not reported")
        for uid, session in context.sessions.items()
        if context.now - session.last_heartbeat > SILENCE_SECONDS
    ]


def _dismissed(context: Context) -> list[Action]:
    """Dismiss idle runners as long as enough slots stay."""
    spare = sum(_slots(context, runner) for runner in _serving_runners(context)) - _wanted_slots(context)
    actions: list[Action] = []
    for uid, leaves_at in sorted(idle_until(context).items(), reverse=True):
        if leaves_at <= context.now and _may_leave(context, uid, spare):
            actions.append(Dismiss(uid))
            spare -= _slots(context, context.alive[uid])
    return actions


def _may_leave(context: Context, uid: str, spare: int) -> bool:
    """True when enough slots stay without the runner. With an accelerator, it stays only for work that needs that."""
    runner = context.alive[uid]
    pool = context.pools.get(runner.pool)
    if pool is None or is_meant_for(context, pool, ""):
        return _slots(context, runner) <= spare
    return not _waiting_for(context, pool.accelerator)


def idle_until(context: Context) -> dict[str, float]:
    """The moment until which each idle runner may wait for work, by uid."""
    timeouts = {pool.name: pool.idle_timeout_seconds for pool in context.snapshot.pools}
    return {
        uid: session.idle_since + timeouts.get(context.alive[uid].pool, 0.0)
        for uid, session in context.sessions.items()
        if session.idle_since is not None
    }
