"""How figures and names are said to people."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """` Did you mean "x"?` for the option closest to a name, or nothing where none is close."""
    by_lower = {option.lower(): option for option in options}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f' Did you mean "{by_lower[close[0]]}"?' if close else ""


def score_text(value: float) -> str:
    """A score to three decimals, or to about four digits where it is greater or smaller than scores mostly are."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}" if size >= 100 else f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.1 or size == 0 else f"{value:.3g}"


def counted(number: int, noun: str) -> str:
    """`1 trial`, `1,200 trials`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def memory_text(size: int) -> str:
    """Bytes in GiB or MiB, as a machine's memory is mostly given."""
    if size >= 2**30:
        return f"{round(size / 2**30)} GiB"
    return f"{round(size / 2**20)} MiB"
