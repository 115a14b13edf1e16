"""Carrying out a decision: world actions durably, desk actions in memory, in their order."""

import asyncio
import logging
from collections.abc import Callable

from automl_operator.broker.desk_book import DeskBook
from automl_operator.controller.world import Unavailable, World
from automl_operator.decisions.actions import (
    Action,
    Cancel,
    Dismiss,
    DropLease,
    DropResult,
    DropSuggestions,
    Grant,
    StartRunner,
    Suggest,
    WriteExperimentStatus,
)
from automl_operator.decisions.snapshot import Key
from automl_operator.search.suggester import SuggestRequest

logger = logging.getLogger(__name__)


async def apply_actions(
    key: Key,
    actions: tuple[Action, ...],
    *,
    world: World,
    book: DeskBook,
    clock: Callable[[], float],
    suggest: Callable[[SuggestRequest], None],
) -> bool:
    """Apply actions in order; the first WorldError drops the rest. What was granted by then is delivered all the same.

    A runner that cannot be started now (a quota, a webhook that is away) holds up no other action: the book remembers
    it, and until when the pool is left alone. Returns whether all was done.
    """
    held: set[str] = set()
    try:
        for action in actions:
            match action:
                case Suggest():
                    suggest(action.request)
                case StartRunner():
                    if action.pool not in held and not await _starts(world, key, action, book, clock):
                        held.add(action.pool)
                case Grant():
                    book.grant(action.runner, action.assignment, action.suggestion, clock())
                    await asyncio.sleep(0)  # the answer leaves before the books that follow are written
                case Cancel() | Dismiss() | DropLease() | DropResult() | DropSuggestions():
                    _note(book, action, clock)
                case _:
                    await world.apply(key, action)
                    if isinstance(action, WriteExperimentStatus):
                        book.status_written(clock())
    finally:
        book.flush()
    return not held


def _note(
    book: DeskBook, action: Cancel | Dismiss | DropLease | DropResult | DropSuggestions, clock: Callable[[], float]
) -> None:
    match action:
        case Cancel():
            book.cancel(action.lease, clock())
        case Dismiss():
            book.dismiss(action.runner)
        case DropLease():
            book.drop_lease(action.lease)
        case DropResult():
            book.drop_result(action.assignment)
        case DropSuggestions():
            book.drop_suggestions()


async def _starts(world: World, key: Key, action: StartRunner, book: DeskBook, clock: Callable[[], float]) -> bool:
    """Whether a runner was started."""
    try:
        await world.apply(key, action)
    except Unavailable as error:
        logger.warning("%s/%s: no runner of the pool %s now: %s", key.namespace, key.name, action.pool, error)
        book.start_failed(action.pool, error.reason, str(error), clock())
        return False
    book.start_succeeded(action.pool)
    return True
