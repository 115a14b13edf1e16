"""Runners that do not start: what is said of them, and until when a pool is waited for."""

from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import Pool, RunnerState

STUCK = "NotStarted"
"""The reason where a World knows only that a runner has been pending for too long."""


REFUSED = "PodRefused"
"""The reason of a runner that the cluster will never have, as it is."""


REFUSED_SECONDS = 120.0
"""A runner that the cluster refuses is replaced after so long: what it was refused for may have been mended since."""


def is_refused(runner: RunnerState) -> bool:
    """Whether the cluster will never have a runner, as it is."""
    return runner.ending is not None and runner.ending.reason == REFUSED


def refused_runners(context: Context) -> tuple[RunnerState, ...]:
    """The runners that the cluster will never have."""
    return tuple(runner for runner in context.snapshot.runners if is_refused(runner))


def refused_until(runner: RunnerState) -> float | None:
    """When a refused runner is replaced; None for others, and where nobody knows since when it is refused."""
    if not is_refused(runner) or runner.pending_since is None:
        return None
    return runner.pending_since + REFUSED_SECONDS


def stuck_runners(context: Context) -> tuple[RunnerState, ...]:
    """The runners that are kept from starting, as far as the World can tell."""
    return tuple(runner for runner in context.snapshot.runners if runner.phase == "pending" and runner.problem)


def kept_from_starting(context: Context) -> dict[str, tuple[str, str]]:
    """The pools where a runner does not start, each with the reason and the message of one."""
    held = [write for write in recent(context) if write.what == "runner"]
    refused = {r.pool: (r.ending.reason, r.ending.message) for r in refused_runners(context) if r.ending is not None}
    stuck = {runner.pool: (runner.problem, runner.message) for runner in reversed(stuck_runners(context))}
    return {start.pool: (start.reason or STUCK, start.message) for start in held} | refused | stuck


@per_context
def refused_pools(context: Context) -> frozenset[str]:
    """The pools where the cluster will have no runner, as far as its last answer tells."""
    held = (write.pool for write in recent(context) if write.what == "runner" and write.refused)
    return frozenset(held) | {runner.pool for runner in refused_runners(context)}


def on_their_way(context: Context) -> tuple[RunnerState, ...]:
    """The runners that are to start, and nobody knows yet whether they will."""
    return tuple(runner for runner in context.snapshot.runners if runner.phase == "pending" and not runner.problem)


@per_context
def given_up(context: Context) -> dict[str, RunnerState]:
    """The pools where nothing runs and a runner has been pending for longer than the scale-up timeout, with that runner.

    The runner stays: should a node come after all, it starts and the pool is used again.
    """
    found: dict[str, RunnerState] = {}
    running = {runner.pool for runner in context.alive.values()}
    for runner in context.snapshot.runners:
        gives_up_at = waited_for_until(context, runner)
        if gives_up_at is not None and gives_up_at <= context.now and runner.pool not in running:
            found.setdefault(runner.pool, runner)
    return found


def waited_for_until(context: Context, runner: RunnerState) -> float | None:
    """When a pending runner's pool is given up; None where it is not pending, or nobody knows since when."""
    pool = context.pools.get(runner.pool)
    if runner.phase != "pending" or runner.pending_since is None or pool is None:
        return None
    return runner.pending_since + pool.scale_up_timeout_seconds


def given_up_message(pool: Pool, runner: RunnerState) -> str:
    """Why a pool was given up."""
    problem = f"{runner.problem or STUCK}: {runner.message}".rstrip(": ")
    return f"no runner of the pool {pool.name} has started within {pool.scale_up_timeout_seconds:.0f} s ({problem})"
