"""What a cancellation must not tear apart: a write that a thread has begun, and the cleaning up after a run."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def uncancelled(work: Awaitable[T]) -> T:
    """Await to the end. A cancellation of the caller is raised after it, unless the work failed."""
    return await _outlast(asyncio.ensure_future(work), passing_on=False)


async def cancelled_once(work: Awaitable[T]) -> T:
    """Await, and pass on the caller's first cancellation; later ones do not disturb what the work does about it."""
    return await _outlast(asyncio.ensure_future(work), passing_on=True)


async def _outlast(task: "asyncio.Future[T]", *, passing_on: bool) -> T:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if passing_on:
            task.cancel()
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait((task,))
        if not task.cancelled():
            task.result()
        raise
