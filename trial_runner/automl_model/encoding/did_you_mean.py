"""Words that help a user who mistyped a name."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """` Did you mean "x"?` where one of the names is close to the given one, else nothing."""
    by_fold = {name.strip().casefold(): name for name in names}
    found = get_close_matches(given.strip().casefold(), by_fold, n=1, cutoff=0.6)
    return f' Did you mean "{by_fold[found[0]]}"?' if found else ""
