"""Runners that do not start: their problems, and the time after which their pool is given up."""

from automl_api import reasons
from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import Pool, RunnerState

REFUSED_SECONDS = 120.0
"""The seconds after which a refused runner is replaced: its cause may have been repaired since."""


def is_refused(runner: RunnerState) -> bool:
    """True when the cluster refuses the runner for good."""
    return runner.ending is not None and runner.ending.reason == reasons.POD_REFUSED


def refused_runners(context: Context) -> tuple[RunnerState, ...]:
    """The runners that the cluster refuses for good."""
    return tuple(runner for runner in context.snapshot.runners if is_refused(runner))


def refused_until(runner: RunnerState) -> float | None:
    """The moment at which a refused runner is replaced. None for others, and where the time of refusal is unknown."""
    if not is_refused(runner) or runner.pending_since is None:
        return None
    return runner.pending_since + REFUSED_SECONDS


def stuck_runners(context: Context) -> tuple[RunnerState, ...]:
    """The pending runners with a known problem."""
    return tuple(runner for runner in context.snapshot.runners if runner.phase == "pending" and runner.problem)


def kept_from_starting(context: Context) -> dict[str, tuple[str, str]]:
    """The pools where a runner does not start, with the reason and message of one such runner."""
    held = [write for write in recent(context) if write.what == "runner"]
    refused = {r.pool: (r.ending.reason, r.ending.message) for r in refused_runners(context) if r.ending is not None}
    stuck = {runner.pool: (runner.problem, runner.message) for runner in reversed(stuck_runners(context))}
    return {start.pool: (start.reason or reasons.NOT_STARTED, start.message) for start in held} | refused | stuck


@per_context
def refused_pools(context: Context) -> frozenset[str]:
    """The pools where the cluster refuses runners, by its last answer."""
    held = (write.pool for write in recent(context) if write.what == "runner" and write.refused)
    return frozenset(held) | {runner.pool for runner in refused_runners(context)}


def on_their_way(context: Context) -> tuple[RunnerState, ...]:
    """The pending runners without a known problem."""
    return tuple(runner for runner in context.snapshot.runners if runner.phase == "pending" and not runner.problem)


@per_context
def given_up(context: Context) -> dict[str, RunnerState]:
    """The pools without a running runner where one is pending beyond the scale-up timeout, with that runner.

    The runner is kept: if a node comes after all, it starts and the pool is used again.
    """
    found: dict[str, RunnerState] = {}
    running = {runner.pool for runner in context.alive.values()}
    for runner in context.snapshot.runners:
        gives_up_at = waited_for_until(context, runner)
        if gives_up_at is not None and gives_up_at <= context.now and runner.pool not in running:
            found.setdefault(runner.pool, runner)
    return found


def waited_for_until(context: Context, runner: RunnerState) -> float | None:
    """The moment at which a pending runner's pool is given up. None where it is not pending or its start is unknown."""
    pool = context.pools.get(runner.pool)
    if runner.phase != "pending" or runner.pending_since is None or pool is None:
        return None
    return runner.pending_since + pool.scale_up_timeout_seconds


def given_up_message(pool: Pool, runner: RunnerState) -> str:
    """The sentence that says why a pool was given up."""
    problem = f"{runner.problem or reasons.NOT_STARTED}: {runner.message}".rstrip(": ")
    return f"no runner of the pool {pool.name} has started within {pool.scale_up_timeout_seconds:.0f} s ({problem})"
