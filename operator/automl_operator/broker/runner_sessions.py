"""The runners that have contacted the broker, each with at most one open call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automl_api.protocol import Announcement
from automl_operator.broker.call import Call
from automl_operator.decisions.state.snapshot import RunnerSession


@dataclass
class _OpenSession:
    announcement: Announcement
    last_heartbeat: float
    idle_since: float | None
    worked: bool = False
    dismissed: bool = False
    call: Call | None = None


class RunnerSessions:
    """The runners of one experiment, by uid."""

    def __init__(self) -> None:
        self._sessions: dict[str, _OpenSession] = {}

    def sessions(self) -> tuple[RunnerSession, ...]:
        """The sessions as a decision sees them."""
        return tuple(
            RunnerSession(
                uid=uid,
                announcement=session.announcement,
                last_heartbeat=session.last_heartbeat,
                free=session.call.free if session.call is not None else 0,
                idle_since=session.idle_since,
            )
            for uid, session in self._sessions.items()
        )

    def open(self, uid: str, announcement: Announcement, free: int, now: float, on_ready: Callable[[], None]) -> Call:
        """Open a call. It replaces the runner's older open call, which is answered at once."""
        session = self._sessions.get(uid)
        if session is None:
            session = self._sessions[uid] = _OpenSession(announcement, now, idle_since=now)
        if session.call is not None:
            session.call.replaced()
        session.announcement, session.last_heartbeat = announcement, now
        session.call = Call(0 if session.dismissed else free, on_ready)
        if session.dismissed:
            self._send_away(session.call)
        return session.call

    def close(self, uid: str, call: Call) -> None:
        """Close a call that is answered or whose connection is lost. Its slots no longer wait."""
        session = self._sessions.get(uid)
        if session is not None and session.call is call:
            session.call = None

    def call_of(self, uid: str) -> Call | None:
        """The runner's open call. None where there is none."""
        session = self._sessions.get(uid)
        return session.call if session is not None else None

    def record_heartbeat(self, uid: str, busy: bool, now: float) -> bool:
        """Record that a runner is alive, with or without work. Returns True when it has ever worked."""
        session = self._sessions.get(uid)
        if session is None:
            return busy
        session.last_heartbeat = now
        session.worked |= busy
        session.idle_since = None if busy else (session.idle_since if session.idle_since is not None else now)
        return session.worked

    def dismiss(self, uid: str) -> None:
        """Dismiss a runner: its open call, or each later one, tells it to leave."""
        session = self._sessions.get(uid)
        if session is None:
            return
        session.dismissed = True
        if session.call is not None:
            self._send_away(session.call)

    @staticmethod
    def _send_away(call: Call) -> None:
        call.leave, call.free = True, 0
        call.ready()

    def flush(self) -> None:
        """Answer every call that was given an assignment."""
        for session in self._sessions.values():
            if session.call is not None and session.call.assignments:
                session.call.ready()

    def answer_all(self) -> None:
        """Answer every open call, even with nothing."""
        for session in self._sessions.values():
            if session.call is not None:
                session.call.ready()

    def forget(self, uids: Iterable[str]) -> None:
        """Forget ended runners. Their open calls are answered with the assignments given so far."""
        for uid in uids:
            session = self._sessions.pop(uid, None)
            if session is not None and session.call is not None:
                session.call.ready()

    def stalled(self, seconds: float, now: float) -> None:
        """Record that the broker stood still for `seconds`, until now."""
        for session in self._sessions.values():
            session.last_heartbeat = min(now, session.last_heartbeat + seconds)

    def silent_since(self, moment: float) -> tuple[str, ...]:
        """The runners that have sent nothing since a moment."""
        return tuple(uid for uid, session in self._sessions.items() if session.last_heartbeat < moment)

    def last_heartbeat(self) -> float:
        """The time of the last call of any runner that has worked; minus infinity without one."""
        return max((s.last_heartbeat for s in self._sessions.values() if s.worked), default=float("-inf"))
