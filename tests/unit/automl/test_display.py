"""Without a terminal plain lines, often enough; in a terminal one line that is written over."""

import io

from automl.display import PlainDisplay, TerminalDisplay, display_for


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_plain_status_is_said_when_there_was_silence() -> None:
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


def test_a_terminal_shows_the_status_in_one_line_below_those_that_stay() -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream)
    display.status("working " + "x" * 500)
    display.line("news")
    written_over, stays = stream.getvalue().rsplit("\r\x1b[K", 1)
    assert stays == "news\n"
    assert "\n" not in written_over
    assert len(written_over) < 500


def test_what_is_no_terminal_gets_plain_lines() -> None:
    assert isinstance(display_for(io.StringIO(), _Clock()), PlainDisplay)
