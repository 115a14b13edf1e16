"""How many connections the broker holds, and for how long: whoever reaches its port may open them, token or not."""

from collections import Counter
from dataclasses import dataclass

TOO_MANY = "TooManyConnections"
TOO_MANY_OF_PEER = "TooManyOfPeer"


@dataclass(frozen=True)
class Limits:
    """Runners hold two or three connections each: a long poll, heartbeats, and a result now and then."""

    connections: int = 2048
    """Enough for 700 runners. One whose request does not end costs about 60 kB."""
    of_a_peer: int = 512
    """Where a network hides pods behind their node's address, a node's 110 pods have so much to call with."""
    handshake_seconds: float = 10.0
    idle_seconds: float = 20.0
    """The longest time without a whole request head, from the first byte or the last answer on. Runners' clients let an
    idle connection go after 15 s: no call meets a connection that is being closed here."""
    line_bytes: int = 1024
    field_bytes: int = 16_384
    """A service account token is one field, of one or two thousand characters."""
    headers: int = 32
    backlog: int = 256


class Door:
    """Counts who is inside; a peer is an address without its port."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()

    def enter(self, peer: str) -> str:
        """Let a connection in; returns why not, in one CamelCase word, and nothing where it is in."""
        if self._inside.total() >= self._limits.connections:
            return TOO_MANY
        if self._inside[peer] >= self._limits.of_a_peer:
            return TOO_MANY_OF_PEER
        self._inside[peer] += 1
        return ""

    def leave(self, peer: str) -> None:
        """A connection is closed."""
        self._inside[peer] -= 1
        if not self._inside[peer]:
            del self._inside[peer]
