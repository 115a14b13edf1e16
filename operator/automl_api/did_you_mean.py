"""Suggestions for mistyped names."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(given: str, names: Iterable[str]) -> str:
    """The name that is closest to a given one, ignoring case; empty where none is close."""
    by_fold = {name.strip().casefold(): name for name in names}
    found = get_close_matches(given.strip().casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """` Did you mean "x"?` for the name that is closest to a given one; empty where none is close."""
    name = closest(given, names)
    return f' Did you mean "{name}"?' if name else ""
