"""Leader election by a Lease. A thread of its own renews the Lease, so that a busy event loop cannot lose it."""

import asyncio
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from automl_operator.kube.api.access import Access
from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.api.leader_candidate import LeaderCandidate
from automl_operator.kube.api.lease import RETRY_SECONDS
from automl_operator.kube.api.lease_store import HttpLeaseStore, LeaseStore

_log = logging.getLogger(__name__)


def seconds_awake_or_not() -> float:
    """Seconds of a clock that runs on while the process is stopped or the machine sleeps (CLOCK_BOOTTIME if any)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def new_identity() -> str:
    """The pod's name (its host name) and a random part, so that a restarted container has another identity."""
    return f"{os.uname().nodename}_{uuid4()}"


class Leadership:
    """Takes the Lease, renews it, and reports its loss once: then the process must end.

    `on_lost(why)` is called from the Lease's thread. `term` is right at every moment, even when that thread is late.
    """

    def __init__(
        self,
        leases: LeaseStore,
        *,
        name: str,
        on_lost: Callable[[str], None],
        identity: str = "",
        clock: Callable[[], float] = seconds_awake_or_not,
        chance: Callable[[], float] = random.random,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._candidate = LeaderCandidate(
            leases, name=name, identity=identity or new_identity(), clock=clock, wall=lambda: datetime.now(UTC)
        )
        self._on_lost = on_lost
        self._chance = chance
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()
        self._announced: asyncio.Future[int] | None = None
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        self._last_error = ""

    @classmethod
    def connect(
        cls, namespace: str, name: str, *, on_lost: Callable[[str], None], access: Access | None = None
    ) -> Self:
        """Connect to the API server that `access` names, with connections of its own. Raises NoAccess."""
        configuration = (access or Access()).blocking_configuration()
        return cls(HttpLeaseStore(configuration, namespace, name), name=name, on_lost=on_lost)

    def term(self) -> int | None:
        """The term in which this process leads now; None when it does not lead. Each new leader has a higher term."""
        return self._candidate.term()

    async def acquire(self) -> int:
        """Wait until this process leads, and return its term. Call it once."""
        announced: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._announced = announced
        self._thread.start()
        return await announced

    def release(self) -> None:
        """Stop, and release the lease so that the next leader need not wait. Blocks for a few seconds at most."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            led = self._wait_to_lead()
            if led is not None:
                self._announce(led)
                self._keep()
        except BaseException as error:
            self._on_lost(f"the thread of the lease failed: {error!r}")
            raise

    def _wait_to_lead(self) -> int | None:
        while not self._stopping.is_set():
            self._attempt()
            term = self._candidate.term()
            if term is not None:
                _log.info("this process leads, term %d", term)
                return term
            self._stopping.wait(self._retry_seconds * (1.0 + self._chance()))
        return None

    def _keep(self) -> None:
        while not self._stopping.wait(self._retry_seconds):
            if self._candidate.term() is not None:
                self._attempt()
            if self._candidate.term() is None:
                self._on_lost(self._last_error or "the lease was not renewed in time, or another process took it")
                return
        self._give_back()

    def _announce(self, term: int) -> None:
        announced = self._announced
        assert announced is not None
        announced.get_loop().call_soon_threadsafe(_resolve, announced, term)

    def _attempt(self) -> None:
        try:
            self._candidate.attempt()
        except ApiError as error:
            message = f"{type(error).__name__}: {error.message}"
            if message != self._last_error:
                _log.warning("the lease cannot be renewed or taken now: %s", message)
            self._last_error = message
        else:
            self._last_error = ""

    def _give_back(self) -> None:
        try:
            self._candidate.release()
        except ApiError as error:
            _log.warning("the lease was not released; the next process waits until it expires: %s", error.message)


def _resolve(led: asyncio.Future[int], term: int) -> None:
    if not led.done():
        led.set_result(term)


class LeaderTerm:
    """The term of this process. At first it has none; it takes a term once, and gives it up before it ends."""

    def __init__(self) -> None:
        self._term: Callable[[], int | None] = lambda: None

    def term(self) -> int | None:
        """The term of this process, None while it does not lead. Called before every answer and every write."""
        return self._term()

    def take(self, term: Callable[[], int | None]) -> None:
        """Lead for as long as `term` returns a term."""
        self._term = term

    def leave(self) -> None:
        """Stop leading."""
        self._term = lambda: None
