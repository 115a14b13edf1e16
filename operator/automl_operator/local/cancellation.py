"""Protects the clean-up after a run from repeated cancellation."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def cancelled_once(work: Awaitable[T]) -> T:
    """Await the work, and cancel it once when the caller is cancelled. Later cancellations do not disturb its clean-up.

    Raises CancelledError after the cancelled work has ended, or the work's own error.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait((task,))
        if not task.cancelled():
            task.result()
        raise
