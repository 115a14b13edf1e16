"""Writes that the World refused or failed to do: how long a retry waits, and how long the failure is reported."""

from collections.abc import Sequence

from automl_operator.decisions.state.actions import Action, StopRunner
from automl_operator.decisions.state.broker_state import HeldWrite, WriteKind
from automl_operator.decisions.state.context import Context

SAID_SECONDS = 60.0
"""How long a failure is still reported after its retry is due, so that a condition does not flap at each retry."""


def held_back(context: Context, what: WriteKind, pool: str = "") -> bool:
    """True when such an object is not to be created yet."""
    return any(held.what == what and held.pool == pool and context.now < held.until for held in _all(context))


def has_failed(context: Context, what: WriteKind) -> bool:
    """True when the last attempt to create such an object failed, whether a retry is due or not."""
    return any(held.what == what for held in _all(context))


def is_denied(context: Context, what: WriteKind) -> bool:
    """True when the World answered that it does not create such an object. A World out of reach gives no reason."""
    return any(held.what == what and held.reason for held in _all(context))


def recent(context: Context) -> tuple[HeldWrite, ...]:
    """The failed writes that are recent enough to report."""
    return tuple(held for held in _all(context) if context.now < held.until + SAID_SECONDS)


def without_held_ends(context: Context, actions: Sequence[Action]) -> list[Action]:
    """The actions without the ends of runners while such a write is held back."""
    held = held_back(context, "runner's end")
    return [action for action in actions if not (held and isinstance(action, StopRunner))]


def _all(context: Context) -> tuple[HeldWrite, ...]:
    return context.broker.held_writes
