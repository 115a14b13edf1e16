"""Runners that do not start: what is said of them, and until when a pool is waited for."""

from automl_operator.decisions.situation import Situation, per_situation
from automl_operator.decisions.snapshot import Pool, RunnerState

STUCK = "NotStarted"
"""The reason where a World knows only that a runner has been pending for too long."""


def stuck_runners(situation: Situation) -> tuple[RunnerState, ...]:
    """The runners that are kept from starting, as far as the World can tell."""
    return tuple(runner for runner in situation.snapshot.runners if runner.phase == "pending" and runner.trouble)


@per_situation
def given_up(situation: Situation) -> dict[str, RunnerState]:
    """The pools in which a runner has been pending for longer than the pool's scale-up timeout, each with that runner.

    The runner stays: should a node come after all, it starts and the pool is used again.
    """
    found: dict[str, RunnerState] = {}
    for runner in situation.snapshot.runners:
        gives_up_at = waited_for_until(situation, runner)
        if gives_up_at is not None and gives_up_at <= situation.now:
            found.setdefault(runner.pool, runner)
    return found


def waited_for_until(situation: Situation, runner: RunnerState) -> float | None:
    """When a pending runner's pool is given up; None where it is not pending, or nobody knows since when."""
    pool = situation.pools.get(runner.pool)
    if runner.phase != "pending" or runner.pending_since is None or pool is None:
        return None
    return runner.pending_since + pool.scale_up_timeout_seconds


def words_of(pool: Pool, runner: RunnerState) -> str:
    """Why a pool was given up."""
    trouble = f"{runner.trouble or STUCK}: {runner.message}".rstrip(": ")
    return f"no runner of the pool {pool.name} has started within {pool.scale_up_timeout_seconds:.0f} s ({trouble})"
