"""Carrying out a decision: world actions durably, desk actions in memory, in their order."""

import asyncio
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


async def apply_actions(
    key: Key,
    actions: tuple[Action, ...],
    *,
    world: World,
    book: DeskBook,
    clock: Callable[[], float],
    suggest: Callable[[SuggestRequest], None],
) -> None:
    """Apply actions in order; the first WorldError drops the rest. What was granted by then is delivered all the same.

    A runner that cannot be started now (a quota, a webhook that is away) holds up no other action: the error is raised
    in the end, and no more runners are started before.
    """
    not_started: Unavailable | None = None
    try:
        for action in actions:
            match action:
                case Suggest():
                    suggest(action.request)
                case StartRunner():
                    not_started = not_started or await _start(world, key, action)
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
    if not_started is not None:
        raise not_started


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


async def _start(world: World, key: Key, action: StartRunner) -> Unavailable | None:
    try:
        await world.apply(key, action)
    except Unavailable as error:
        return error
    return None
