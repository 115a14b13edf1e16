"""The order of calls when the rate limit is reached."""

from enum import IntEnum


class Urgency(IntEnum):
    """The order of calls that wait for a token; a lower number goes first."""

    CLAIM = 0
    """Claims of work and its results: a runner waits for them."""
    OBJECT = 1
    """Creates, deletes and every read: nothing can be decided without lists."""
    STATUS = 2
    """An experiment's status: users wait for it."""
    EVENT = 3
    """Events: nobody waits for them."""
