"""Holds the current term, so that the broker and the client can check it before leader election has begun."""

from collections.abc import Callable


class LeaderTerm:
    """The term of this process. At first it has none; it takes a term once, and gives it up before it ends."""

    def __init__(self) -> None:
        self._term: Callable[[], int | None] = lambda: None

    def term(self) -> int | None:
        """The term of this process, None while it does not lead. Called before every answer and every write."""
        return self._term()

    def take(self, term: Callable[[], int | None]) -> None:
        """Lead for as long as `term` returns a term."""
        self._term = term

    def leave(self) -> None:
        """Stop leading."""
        self._term = lambda: None
