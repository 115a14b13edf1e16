"""Durations as users write them: `90s`, `2m`, `1h30m`."""

import re

DURATION_PATTERN = r"^(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s)?$"
_DURATION = re.compile(DURATION_PATTERN)


def parse_duration(text: str) -> int:
    """The seconds of a duration such as `1h30m`. Raises ValueError where the text is not a duration, or is zero."""
    found = _DURATION.fullmatch(text)
    if not text or not found:
        raise ValueError(f'"{text}" is not a duration; write for example 90s, 2m or 1h30m')
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total == 0:
        raise ValueError(f'"{text}" is zero; write for example 90s, 2m or 1h30m')
    return total


def format_duration(seconds: float) -> str:
    """A duration as a clock shows it: `0:41`, `12:05`, `1:02:03`; `0:00` where it is negative."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{last:02d}" if hours else f"{minutes}:{last:02d}"
