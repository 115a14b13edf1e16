"""Where a run's lines go: plain lines without a terminal, one updating line in a terminal."""

import os
from collections.abc import Callable
from typing import Protocol, TextIO

PLAIN_SECONDS = 8.0
"""Without a terminal a line at least this often; ten seconds of silence would be a bug."""
CLEAR_LINE = "\r\x1b[K"
USUAL_COLUMNS = 80


class Display(Protocol):
    """What a run says goes here."""

    def line(self, text: str) -> None:
        """A line that stays."""
        ...

    def status(self, text: str, hint: str = "") -> None:
        """How things stand now, said often and shown as often as suits the place; the hint where there is room."""
        ...

    def close(self) -> None:
        """Leave the place ready for what others say there, an error for example; more may follow."""
        ...


class PlainDisplay:
    """Plain lines: each status is one, when nothing was said for a while."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._said_at = clock()

    def line(self, text: str) -> None:
        """Print it."""
        print(text, file=self._stream, flush=True)
        self._said_at = self._clock()

    def status(self, text: str, hint: str = "") -> None:
        """Print it if there was silence."""
        if self._clock() - self._said_at >= PLAIN_SECONDS:
            self.line(text + hint)

    def close(self) -> None:
        """Nothing is half said."""


class TerminalDisplay:
    """One line that is written over, below the lines that stay."""

    def __init__(self, stream: TextIO, columns: Callable[[], int]) -> None:
        self._stream = stream
        self._columns = columns

    def line(self, text: str) -> None:
        """Print it in place of the status."""
        print(f"{CLEAR_LINE}{text}", file=self._stream, flush=True)

    def status(self, text: str, hint: str = "") -> None:
        """Write it over the last one, cut to the terminal's width, which a user may change meanwhile."""
        room = self._columns() - 1
        shown = text + hint if len(text + hint) <= room else text[:room]
        print(f"{CLEAR_LINE}{shown}", end="", file=self._stream, flush=True)

    def close(self) -> None:
        """Take the status away."""
        print(CLEAR_LINE, end="", file=self._stream, flush=True)


class SilentDisplay:
    """Nothing is said."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def status(self, text: str, hint: str = "") -> None:
        """Say nothing."""

    def close(self) -> None:
        """Nothing is half said."""


def display_for(stream: TextIO, clock: Callable[[], float]) -> Display:
    """The display that suits a stream; a terminal that cannot go back in a line gets plain lines."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return PlainDisplay(stream, clock)
    return TerminalDisplay(stream, lambda: _columns(stream))


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except OSError:
        # It is a terminal no more: its window was closed.
        return USUAL_COLUMNS
