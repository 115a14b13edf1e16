"""Writes that the World would not or could not do: until when they are not tried again, and for how long this is said."""

from collections.abc import Sequence

from automl_operator.decisions.state.actions import Action, StopRunner
from automl_operator.decisions.state.broker_state import HeldWrite, WriteKind
from automl_operator.decisions.state.context import Context

SAID_SECONDS = 60.0
"""A failure is said for so long after the next try may come: it is not taken back for a moment each time."""


def held_back(context: Context, what: WriteKind, pool: str = "") -> bool:
    """Whether something is not to be created yet."""
    return any(held.what == what and held.pool == pool and context.now < held.until for held in _all(context))


def has_failed(context: Context, what: WriteKind) -> bool:
    """Whether the last try to create something has failed, be the next one due or not."""
    return any(held.what == what for held in _all(context))


def is_denied(context: Context, what: WriteKind) -> bool:
    """Whether the World has answered that it does not create something; one that is away says nothing of its reasons."""
    return any(held.what == what and held.reason for held in _all(context))


def recent(context: Context) -> tuple[HeldWrite, ...]:
    """WriteKind has failed and still says something of how things are."""
    return tuple(held for held in _all(context) if context.now < held.until + SAID_SECONDS)


def without_held_ends(context: Context, actions: Sequence[Action]) -> list[Action]:
    """The actions without the ends of runners, while the World has just not ended one."""
    held = held_back(context, "runner's end")
    return [action for action in actions if not (held and isinstance(action, StopRunner))]


def _all(context: Context) -> tuple[HeldWrite, ...]:
    return context.broker.held_writes
