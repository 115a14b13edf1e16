"""The output of a run's progress: plain lines without a terminal, one updating line in a terminal."""

import os
from collections.abc import Callable
from typing import Protocol, TextIO

PLAIN_SECONDS = 8.0
"""The longest time without a line where there is no terminal; ten seconds of silence would be a bug."""
CLEAR_LINE = "\r\x1b[K"
USUAL_COLUMNS = 80


class Display(Protocol):
    """Prints the progress of a run."""

    def line(self, text: str) -> None:
        """Print a line that stays."""
        ...

    def status(self, text: str, hint: str = "") -> None:
        """Show the current status; may be called often. The hint appears where there is room."""
        ...

    def close(self) -> None:
        """Make room for other output, for example an error; further calls may follow."""
        ...


class PlainDisplay:
    """Plain lines; a status becomes one when nothing was printed for a while."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._printed_at = clock()

    def line(self, text: str) -> None:
        """Print the line."""
        print(text, file=self._stream, flush=True)
        self._printed_at = self._clock()

    def status(self, text: str, hint: str = "") -> None:
        """Print the status if nothing was printed for PLAIN_SECONDS."""
        if self._clock() - self._printed_at >= PLAIN_SECONDS:
            self.line(text + hint)

    def close(self) -> None:
        """Do nothing: every line is complete."""


class TerminalDisplay:
    """One line that is overwritten, below the lines that stay."""

    def __init__(self, stream: TextIO, columns: Callable[[], int]) -> None:
        self._stream = stream
        self._columns = columns

    def line(self, text: str) -> None:
        """Print the line in place of the status."""
        print(f"{CLEAR_LINE}{text}", file=self._stream, flush=True)

    def status(self, text: str, hint: str = "") -> None:
        """Overwrite the last status. It is cut to the terminal's width, which may change meanwhile."""
        room = self._columns() - 1
        shown = text + hint if len(text + hint) <= room else text[:room]
        print(f"{CLEAR_LINE}{shown}", end="", file=self._stream, flush=True)

    def close(self) -> None:
        """Clear the status."""
        print(CLEAR_LINE, end="", file=self._stream, flush=True)


class SilentDisplay:
    """Prints nothing."""

    def line(self, text: str) -> None:
        """Print nothing."""

    def status(self, text: str, hint: str = "") -> None:
        """Print nothing."""

    def close(self) -> None:
        """Do nothing: every line is complete."""


def display_for(stream: TextIO, clock: Callable[[], float]) -> Display:
    """The display for a stream. A terminal that cannot overwrite a line gets plain lines."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return PlainDisplay(stream, clock)
    return TerminalDisplay(stream, lambda: _columns(stream))


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except OSError:
        # The terminal's window was closed.
        return USUAL_COLUMNS
