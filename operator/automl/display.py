"""Where a run's lines go: plain lines without a terminal, one updating line in a terminal."""

import shutil
from collections.abc import Callable
from typing import Protocol, TextIO

PLAIN_SECONDS = 8.0
"""Without a terminal a line at least this often; ten seconds of silence would be a bug."""
CLEAR_LINE = "\r\x1b[K"


class Display(Protocol):
    """What a run says goes here."""

    def line(self, text: str) -> None:
        """A line that stays."""
        ...

    def status(self, text: str) -> None:
        """How things stand now, said often; shown as often as suits the place."""
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

    def status(self, text: str) -> None:
        """Print it if there was silence."""
        if self._clock() - self._said_at >= PLAIN_SECONDS:
            self.line(text)


class TerminalDisplay:
    """One line that is written over, below the lines that stay."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """Print it in place of the status."""
        print(f"{CLEAR_LINE}{text}", file=self._stream, flush=True)

    def status(self, text: str) -> None:
        """Write it over the last one, cut to the terminal's width."""
        width = shutil.get_terminal_size().columns
        print(f"{CLEAR_LINE}{text[: width - 1]}", end="", file=self._stream, flush=True)


class SilentDisplay:
    """Nothing is said."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def status(self, text: str) -> None:
        """Say nothing."""


def display_for(stream: TextIO, clock: Callable[[], float]) -> Display:
    """The display that suits a stream."""
    return TerminalDisplay(stream) if stream.isatty() else PlainDisplay(stream, clock)
