"""Limits for connections: every client that reaches the broker's port can open them, with or without a token."""

from collections import Counter
from dataclasses import dataclass

TOO_MANY = "TooManyConnections"
TOO_MANY_OF_PEER = "TooManyOfPeer"


@dataclass(frozen=True)
class Limits:
    """Limits of connections. A runner holds two or three: a long poll, heartbeats, and sometimes a result."""

    connections: int = 2048
    """Enough for 700 runners. A connection whose request never ends costs about 60 kB."""
    of_a_peer: int = 512
    """The limit of one address. Some networks hide the pods of a node, up to 110, behind the node's address."""
    handshake_seconds: float = 10.0
    idle_seconds: float = 20.0
    """The longest time without a complete request head, from the connection's start or the last response on. Runners
    close an idle connection after 15 s, so no call uses a connection that the broker is closing.
    """
    line_bytes: int = 1024
    field_bytes: int = 16_384
    """A service account token is one field, of one or two thousand characters."""
    headers: int = 32
    backlog: int = 256


class ConnectionLimiter:
    """Counts the open connections. A peer is an address without its port."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()

    def enter(self, peer: str) -> str:
        """Admit a connection. Returns the reason of a refusal, one CamelCase word; empty when admitted."""
        if self._inside.total() >= self._limits.connections:
            return TOO_MANY
        if self._inside[peer] >= self._limits.of_a_peer:
            return TOO_MANY_OF_PEER
        self._inside[peer] += 1
        return ""

    def leave(self, peer: str) -> None:
        """Record that a connection is closed."""
        self._inside[peer] -= 1
        if not self._inside[peer]:
            del self._inside[peer]
