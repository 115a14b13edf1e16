"""Reaps processes whose parents have ended: a container gives them to process 1, which this one may be."""

import asyncio
import logging
import os

import psutil

_log = logging.getLogger(__name__)
SECONDS = 5.0
_INIT = 1


async def reap_orphans(seconds: float = SECONDS, *, init: int = _INIT) -> None:
    """Reap orphans until cancelled, if this is process 1; otherwise the system's init does it.

    A process is reaped only if two looks in a row find it dead, because asyncio itself reaps this process's children.
    """
    if os.getpid() != init:
        return
    seen: set[int] = set()
    while True:
        dead = set(_dead_children())
        for pid in dead & seen:
            _reap(pid)
        seen = dead - seen
        await asyncio.sleep(seconds)


def _dead_children() -> list[int]:
    return [child.pid for child in psutil.Process().children() if _is_dead(child)]


def _is_dead(child: psutil.Process) -> bool:
    try:
        return bool(child.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        _log.debug("process %d has been reaped already", pid)
