"""Writes that the World refused or failed to do: the pause before a retry, and the time for which they are reported."""

from collections.abc import Sequence

from automl_operator.decisions.state.actions import Action, StopRunner
from automl_operator.decisions.state.broker_state import HeldWrite, WriteKind
from automl_operator.decisions.state.context import Context

REPORT_SECONDS = 60.0
"""The time for which a failure is reported after its retry is due, so that a condition does not flap at each retry."""


def held_back(context: Context, what: WriteKind, pool: str = "") -> bool:
    """True when a write of this kind must still wait for its retry."""
    return any(held.what == what and held.pool == pool and context.now < held.until for held in _all(context))


def has_failed(context: Context, what: WriteKind) -> bool:
    """True when the last write of this kind failed, whether a retry is due or not."""
    return any(held.what == what for held in _all(context))


def is_denied(context: Context, what: WriteKind) -> bool:
    """True when the World answered and refused such a write. A World that does not answer gives no reason."""
    return any(held.what == what and held.reason for held in _all(context))


def recent(context: Context) -> tuple[HeldWrite, ...]:
    """The failed writes that are recent enough to report."""
    return tuple(held for held in _all(context) if context.now < held.until + REPORT_SECONDS)


def without_held_ends(context: Context, actions: Sequence[Action]) -> list[Action]:
    """The actions, without the ends of runners while these must wait for a retry."""
    held = held_back(context, "runner's end")
    return [action for action in actions if not (held and isinstance(action, StopRunner))]


def _all(context: Context) -> tuple[HeldWrite, ...]:
    return context.broker.held_writes
