"""What goes first when the API server's patience is short."""

from enum import IntEnum


class Urgency(IntEnum):
    """The order in which calls are let through; a lower number goes first."""

    CLAIM = 0
    """Claims of work and its results: a runner waits for it."""
    OBJECT = 1
    """Creates, deletes and every read: without lists nothing is known."""
    STATUS = 2
    """An experiment's status: people wait for it."""
    EVENT = 3
    """Events: nobody waits for them."""
