"""Progress: plain lines at intervals without a terminal, and one line that is overwritten in a terminal."""

import io

import pytest

from automl.progress_display import CLEAR_LINE, PlainDisplay, TerminalDisplay, display_for


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_plain_status_is_printed_after_a_silence() -> None:
    stream, clock = io.StringIO(), _Clock()
    display = PlainDisplay(stream, clock)
    display.line("begun")
    for second in range(1, 20):
        clock.now = float(second)
        display.status(f"at {second}")
    assert stream.getvalue().splitlines() == ["begun", "at 8", "at 16"]


def test_a_line_ends_the_silence() -> None:
    stream, clock = io.StringIO(), _Clock()
    display = PlainDisplay(stream, clock)
    clock.now = 7.0
    display.line("news")
    clock.now = 9.0
    display.status("nothing new")
    assert stream.getvalue() == "news\n"


def _shown(stream: io.StringIO) -> str:
    """The last line that a terminal shows."""
    return stream.getvalue().rsplit("\n", 1)[-1].rsplit(CLEAR_LINE, 1)[-1]


def test_a_terminal_shows_the_status_below_the_permanent_lines() -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream, lambda: 80)
    display.status("working")
    display.line("news")
    assert stream.getvalue() == f"{CLEAR_LINE}working{CLEAR_LINE}news\n"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        pytest.param(80, "3 trials, best linear 0.902 (Ctrl-C publishes)", id="room for all"),
        pytest.param(40, "3 trials, best linear 0.902", id="the hint does not fit"),
        pytest.param(20, "3 trials, best line", id="the rest does not fit either"),
    ],
)
def test_a_status_is_cut_to_the_current_width_of_the_terminal(columns: int, shown: str) -> None:
    stream, width = io.StringIO(), [200]
    display = TerminalDisplay(stream, lambda: width[0])
    display.status("before")
    width[0] = columns
    display.status("3 trials, best linear 0.902", " (Ctrl-C publishes)")
    assert _shown(stream) == shown


def test_an_error_has_its_own_line() -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream, lambda: 80)
    display.status("working")
    display.close()
    assert _shown(stream) == ""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("closed")


def test_a_closed_terminal_has_the_default_width() -> None:
    terminal = _Terminal()
    display_for(terminal, _Clock()).status("x" * 500)
    assert len(_shown(terminal)) == 79


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(display_for(_Terminal(), _Clock()), PlainDisplay)


def test_a_stream_that_is_no_terminal_gets_plain_lines() -> None:
    assert isinstance(display_for(io.StringIO(), _Clock()), PlainDisplay)
