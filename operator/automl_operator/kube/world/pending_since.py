"""Measures by our own clock how long runners have been pending; the server's clock may differ."""

from collections.abc import Mapping
from dataclasses import replace

from automl_operator.decisions.state.snapshot import Key, RunnerState


class PendingSince:
    """Remembers for each experiment when a runner was first seen, and when a pool last had a running one.

    After a restart of the operator the times begin anew.
    """

    def __init__(self) -> None:
        self._first_seen: dict[Key, dict[str, float]] = {}
        self._ran_at: dict[Key, dict[str, float]] = {}

    def dated(self, key: Key, runners: Mapping[str, RunnerState], now: float) -> tuple[RunnerState, ...]:
        """The runners, with `pending_since` set for pending ones. The keys of `runners` are the uids of their Jobs.

        It is the later of two times: when the runner was first seen, and when its pool last had a running one.
        """
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
        """Forget a deleted experiment."""
        self._first_seen.pop(key, None)
        self._ran_at.pop(key, None)
