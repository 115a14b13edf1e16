"""The runners that have spoken to the broker, each with at most one open call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automl_api.protocol import Announcement
from automl_operator.broker.call import Call
from automl_operator.decisions.state.snapshot import RunnerSession


@dataclass
class _OpenSession:
    announcement: Announcement
    last_heard: float
    idle_since: float | None
    worked: bool = False
    dismissed: bool = False
    call: Call | None = None


class RunnerSessions:
    """The runners of one experiment, by uid."""

    def __init__(self) -> None:
        self._sessions: dict[str, _OpenSession] = {}

    def sessions(self) -> tuple[RunnerSession, ...]:
        """The runners as a decision sees them."""
        return tuple(
            RunnerSession(
                uid=uid,
                announcement=session.announcement,
                last_heard=session.last_heard,
                free=session.call.free if session.call is not None else 0,
                idle_since=session.idle_since,
            )
            for uid, session in self._sessions.items()
        )

    def open(self, uid: str, announcement: Announcement, free: int, now: float, on_ready: Callable[[], None]) -> Call:
        """A call arrives. It speaks for the whole runner, so an older one that is still open is answered at once."""
        session = self._sessions.get(uid)
        if session is None:
            session = self._sessions[uid] = _OpenSession(announcement, now, idle_since=now)
        if session.call is not None:
            session.call.replaced()
        session.announcement, session.last_heard = announcement, now
        session.call = Call(0 if session.dismissed else free, on_ready)
        if session.dismissed:
            self._send_away(session.call)
        return session.call

    def close(self, uid: str, call: Call) -> None:
        """A call is answered, or its connection is gone: its slots wait no more."""
        session = self._sessions.get(uid)
        if session is not None and session.call is call:
            session.call = None

    def call_of(self, uid: str) -> Call | None:
        """The open call of a runner."""
        session = self._sessions.get(uid)
        return session.call if session is not None else None

    def hear(self, uid: str, busy: bool, now: float) -> bool:
        """A runner is alive, with or without work. Returns whether it has ever worked."""
        session = self._sessions.get(uid)
        if session is None:
            return busy
        session.last_heard = now
        session.worked |= busy
        session.idle_since = None if busy else (session.idle_since if session.idle_since is not None else now)
        return session.worked

    def dismiss(self, uid: str) -> None:
        """A runner is to leave: told with the open call, or with every later one."""
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
        """Have every call answered that was given something."""
        for session in self._sessions.values():
            if session.call is not None and session.call.assignments:
                session.call.ready()

    def answer_all(self) -> None:
        """Have every open call answered, also with nothing."""
        for session in self._sessions.values():
            if session.call is not None:
                session.call.ready()

    def forget(self, uids: Iterable[str]) -> None:
        """Runners have ended; their calls are answered with what they have."""
        for uid in uids:
            session = self._sessions.pop(uid, None)
            if session is not None and session.call is not None:
                session.call.ready()

    def stalled(self, seconds: float, now: float) -> None:
        """The broker was not there for so long, until now."""
        for session in self._sessions.values():
            session.last_heard = min(now, session.last_heard + seconds)

    def silent_since(self, moment: float) -> tuple[str, ...]:
        """The runners that were not heard of since a moment."""
        return tuple(uid for uid, session in self._sessions.items() if session.last_heard < moment)

    def last_heard(self) -> float:
        """When a runner that has worked was heard last; minus infinity when there is none."""
        return max((v.last_heard for v in self._sessions.values() if v.worked), default=float("-inf"))
