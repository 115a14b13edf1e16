"""The learners of new trials: learners that only fail, fit no runner, or need too much memory are left out."""

from collections import Counter

from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.facts.pending_runners import given_up, given_up_message, stuck_runners
from automl_operator.decisions.state.context import Context, per_context, per_progress
from automl_operator.decisions.state.snapshot import Pool


@per_context
def left_out(context: Context) -> dict[str, str]:
    """The learners that no further trial may have, each with the reason."""
    return _failing(context) | without_runner(context)


@per_progress
def _failing(context: Context) -> dict[str, str]:
    """The learners with more trials ended by a program error than trials with a finished fold, with the last error."""
    errors = [
        progress
        for progress in context.trials_progress.values()
        if progress.state == "Failed" and progress.trial.status.failure_class == "program"
    ]
    if not errors:
        return {}
    failed = Counter(progress.learner for progress in errors)
    last_errors = {
        progress.learner: f"{progress.trial.status.reason}: {progress.trial.status.message}" for progress in errors
    }
    program = {progress.trial.spec.index for progress in errors}
    others = (progress for index, progress in context.trials_progress.items() if index not in program)
    fine = Counter(progress.learner for progress in others if progress.begun)
    return {learner: last_errors[learner] for learner in failed if failed[learner] > fine[learner]}


@per_context
def without_runner(context: Context) -> dict[str, str]:
    """The learners that no present or future runner can train, each with the reason."""
    fitting = capable_pools(context)
    return {x.name: _why(context, x) for x in context.plan.learners if not fitting[x.name]}


def _why(context: Context, learner: LearnerPlan) -> str:
    accelerator = learner.needs.accelerator
    pools = [pool for pool in context.snapshot.pools if accelerator in ("", pool.accelerator)]
    if not pools:
        return f"no pool has the accelerator {accelerator} that it needs."
    waited = given_up(context)
    if all(pool.name in waited for pool in pools):
        return "; ".join(given_up_message(pool, waited[pool.name]) for pool in pools) + "."
    return "no runner has its library; install it where runners start, or exclude the learner."


@per_context
def capable_pools(context: Context) -> dict[str, tuple[str, ...]]:
    """The pools whose runners can train each learner of the plan. A pool without an announcement counts as capable."""
    return {
        learner.name: tuple(pool.name for pool in context.snapshot.pools if _may_run(context, pool, learner))
        for learner in context.plan.learners
    }


def _may_run(context: Context, pool: Pool, learner: LearnerPlan) -> bool:
    if not is_meant_for(context, pool, learner.needs.accelerator) or pool.name in given_up(context):
        return False
    announced = [
        session.announcement.learners
        for uid, session in context.sessions.items()
        if context.alive[uid].pool == pool.name
    ]
    return not announced or any(not learners or learner.name in learners for learners in announced)


@per_context
def out_of_reach(context: Context) -> frozenset[str]:
    """The learners whose only possible runners do not start. Work that waits for them takes no slot from other work."""
    stuck = {runner.pool for runner in stuck_runners(context)} - {runner.pool for runner in context.alive.values()}
    if not stuck or context.snapshot.plan is None:
        return frozenset()
    return frozenset(name for name, pools in capable_pools(context).items() if pools and stuck.issuperset(pools))


def is_meant_for(context: Context, pool: Pool, accelerator: str) -> bool:
    """True when a pool's runners are meant for work that needs this accelerator.

    Work that needs none ("") uses a pool with an accelerator only when all pools without one are missing or given up.
    """
    if accelerator:
        return accelerator == pool.accelerator
    waited = given_up(context)
    others = (other for other in context.snapshot.pools if not other.accelerator)
    return not pool.accelerator or all(other.name in waited for other in others)


@per_context
def worth_trying(context: Context) -> tuple[LearnerPlan, ...]:
    """The learners that new trials may have, regardless of time; cheapest first."""
    remaining = tuple(learner for learner in context.plan.learners if learner.name not in left_out(context))
    fitting = tuple(x for x in remaining if any(_has_memory(pool, x) for pool in context.snapshot.pools))
    return fitting or remaining


def _has_memory(pool: Pool, learner: LearnerPlan) -> bool:
    needs = learner.needs
    accelerated = needs.accelerator in ("", pool.accelerator)
    return accelerated and (not pool.memory_bytes or needs.memory_bytes <= pool.memory_bytes)
