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
        self._visitors: dict[str, _OpenSession] = {}

    def sessions(self) -> tuple[RunnerSession, ...]:
        """The runners as a decision sees them."""
        return tuple(
            RunnerSession(
                uid=uid,
                announcement=visitor.announcement,
                last_heard=visitor.last_heard,
                free=visitor.call.free if visitor.call is not None else 0,
                idle_since=visitor.idle_since,
            )
            for uid, visitor in self._visitors.items()
        )

    def open(self, uid: str, announcement: Announcement, free: int, now: float, on_ready: Callable[[], None]) -> Call:
        """A call arrives. It speaks for the whole runner, so an older one that is still open is answered at once."""
        visitor = self._visitors.get(uid)
        if visitor is None:
            visitor = self._visitors[uid] = _OpenSession(announcement, now, idle_since=now)
        if visitor.call is not None:
            visitor.call.replaced()
        visitor.announcement, visitor.last_heard = announcement, now
        visitor.call = Call(0 if visitor.dismissed else free, on_ready)
        if visitor.dismissed:
            self._send_away(visitor.call)
        return visitor.call

    def close(self, uid: str, call: Call) -> None:
        """A call is answered, or its connection is gone: its slots wait no more."""
        visitor = self._visitors.get(uid)
        if visitor is not None and visitor.call is call:
            visitor.call = None

    def call_of(self, uid: str) -> Call | None:
        """The open call of a runner."""
        visitor = self._visitors.get(uid)
        return visitor.call if visitor is not None else None

    def hear(self, uid: str, busy: bool, now: float) -> bool:
        """A runner is alive, with or without work. Returns whether it has ever worked."""
        visitor = self._visitors.get(uid)
        if visitor is None:
            return busy
        visitor.last_heard = now
        visitor.worked |= busy
        visitor.idle_since = None if busy else (visitor.idle_since if visitor.idle_since is not None else now)
        return visitor.worked

    def dismiss(self, uid: str) -> None:
        """A runner is to leave: told with the open call, or with every later one."""
        visitor = self._visitors.get(uid)
        if visitor is None:
            return
        visitor.dismissed = True
        if visitor.call is not None:
            self._send_away(visitor.call)

    @staticmethod
    def _send_away(call: Call) -> None:
        call.leave, call.free = True, 0
        call.ready()

    def flush(self) -> None:
        """Have every call answered that was given something."""
        for visitor in self._visitors.values():
            if visitor.call is not None and visitor.call.assignments:
                visitor.call.ready()

    def answer_all(self) -> None:
        """Have every open call answered, also with nothing."""
        for visitor in self._visitors.values():
            if visitor.call is not None:
                visitor.call.ready()

    def forget(self, uids: Iterable[str]) -> None:
        """Runners have ended; their calls are answered with what they have."""
        for uid in uids:
            visitor = self._visitors.pop(uid, None)
            if visitor is not None and visitor.call is not None:
                visitor.call.ready()

    def stood_still(self, seconds: float, now: float) -> None:
        """The broker was not there for so long, until now."""
        for visitor in self._visitors.values():
            visitor.last_heard = min(now, visitor.last_heard + seconds)

    def silent_since(self, moment: float) -> tuple[str, ...]:
        """The runners that were not heard of since a moment."""
        return tuple(uid for uid, visitor in self._visitors.items() if visitor.last_heard < moment)

    def last_heard(self) -> float:
        """When a runner that has worked was heard last; minus infinity when there is none."""
        return max((v.last_heard for v in self._visitors.values() if v.worked), default=float("-inf"))
