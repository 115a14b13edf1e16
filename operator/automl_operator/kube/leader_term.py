"""Whether this process leads at this moment, and in which term."""

from collections.abc import Callable


class LeaderTerm:
    """Empty at first; taken once, and left when the process is about to end."""

    def __init__(self) -> None:
        self._term: Callable[[], int | None] = lambda: None

    def term(self) -> int | None:
        """The term of this leader, None while it does not lead; asked before every answer and every write."""
        return self._term()

    def take(self, term: Callable[[], int | None]) -> None:
        """This process leads, as long as `term` says so."""
        self._term = term

    def leave(self) -> None:
        """It leads no more."""
        self._term = lambda: None
