"""What a cancellation must not tear apart: the cleaning up after a run."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def cancelled_once(work: Awaitable[T]) -> T:
    """Await, and pass on the caller's first cancellation; later ones do not disturb what the work does about it.

    The cancellation is raised when the work has ended, unless that failed.
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
