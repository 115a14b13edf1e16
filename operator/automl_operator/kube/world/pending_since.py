"""Since when runners have been waited for, by our own clock: that of the server may show another time."""

from collections.abc import Mapping
from dataclasses import replace

from automl_operator.decisions.state.snapshot import Key, RunnerState


class PendingSince:
    """Remembers, of each experiment, when a pending runner was first seen and when something last ran in a pool.

    After a restart of the operator runners are waited for anew.
    """

    def __init__(self) -> None:
        self._first_seen: dict[Key, dict[str, float]] = {}
        self._ran_at: dict[Key, dict[str, float]] = {}

    def dated(self, key: Key, runners: Mapping[str, RunnerState], now: float) -> tuple[RunnerState, ...]:
        """The runners, by their Jobs' uids; those that are pending with the time since when their pool starts nothing."""
        before = self._first_seen.get(key, {})
        seen = self._first_seen[key] = {uid: before.get(uid, now) for uid in runners}
        ran = self._ran_at.setdefault(key, {})
        ran.update({runner.pool: now for runner in runners.values() if runner.phase == "running"})
        return tuple(
            replace(runner, pending_since=max(seen[uid], ran.get(runner.pool, 0.0)))
            if runner.pending_since is not None
            else runner
            for uid, runner in runners.items()
        )

    def forget(self, key: Key) -> None:
        """The experiment is gone."""
        self._first_seen.pop(key, None)
        self._ran_at.pop(key, None)
