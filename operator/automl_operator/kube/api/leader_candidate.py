"""The rules of client-go's leader election, on a clock that does not stop while the machine sleeps.

They are safe as long as all clocks run equally fast; the times that they show do not matter. A leader stops 10 s after
it *sent* its last successful renewal. Another candidate begins once it has *seen* the record unchanged for 15 s.
"""

import math
from collections.abc import Callable
from datetime import datetime

from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import Conflict, Exists, NotFound
from automl_operator.kube.api.lease import (
    DURATION_SECONDS,
    RENEW_DEADLINE_SECONDS,
    Record,
    given_back,
    new_lease,
    renewed,
    taken,
)
from automl_operator.kube.api.lease_store import LeaseStore


class LeaderCandidate:
    """One process that wants to lead, and does so at most once. Each start of a process needs a new `identity`.

    `clock` counts seconds also while the process or the machine sleeps; `wall` gives the times written for people.
    """

    def __init__(
        self,
        leases: LeaseStore,
        *,
        name: str,
        identity: str,
        clock: Callable[[], float],
        wall: Callable[[], datetime],
    ) -> None:
        self._leases = leases
        self._name = name
        self._identity = identity
        self._clock = clock
        self._wall = wall
        self._lease: Object | None = None
        self._record: Record | None = None
        self._unchanged_since = 0.0
        self._led: tuple[int, float] | None = None
        """Term and deadline once this process has led; one tuple, so that another thread reads both at once."""

    def term(self) -> int | None:
        """The term of this process now; None when it does not lead. Any thread may call it.

        The term is the server's revision at which the lease was taken, so it rises even after the lease was deleted.
        """
        led = self._led
        return led[0] if led is not None and self._clock() < led[1] else None

    def attempt(self) -> None:
        """Renew the lease, or take it when it is free. Does nothing once it was lost. Raises ApiError."""
        if self._led is not None:
            if self.term() is not None and self._lease is not None:
                self._renew(self._lease)
            return
        self._look()
        if self._lease is None:
            if self._is_free():
                self._create(1 + (self._record.transitions if self._record else 0))
        elif self._is_free():
            self._take(self._lease)

    def release(self) -> None:
        """Release the lease if this process holds it. Raises ApiError."""
        if self.term() is not None and self._lease is not None:
            self._lose()
            self._leases.update(given_back(self._lease, self._wall()))

    def _renew(self, lease: Object) -> None:
        started = self._clock()
        try:
            self._lease = self._leases.update(renewed(lease, self._wall()))
        except Conflict:
            self._renew_again(started)
        except NotFound:
            # Somebody deleted the lease before it expired, so the term goes on unless another process creates it first.
            self._create(Record.of(lease).transitions)
        else:
            self._lead(started)

    def _renew_again(self, started: float) -> None:
        """Renew after a conflict: another client wrote into the lease, perhaps only a label."""
        self._look()
        if self._lease is None or self._record is None or self._record.holder != self._identity:
            self._lose()
            return
        self._lease = self._leases.update(renewed(self._lease, self._wall()))
        self._lead(started)

    def _look(self) -> None:
        """Read the lease, and note when its record changes. A deleted lease counts as unchanged."""
        self._lease = self._leases.read()
        if self._lease is None:
            return
        record = Record.of(self._lease)
        if record != self._record:
            self._record = record
            self._unchanged_since = self._clock()

    def _is_free(self) -> bool:
        record = self._record
        if record is None or not record.holder:
            return True
        lease_seconds = max(DURATION_SECONDS, record.duration_seconds)
        return self._clock() - self._unchanged_since >= lease_seconds

    def _create(self, transitions: int) -> None:
        started = self._clock()
        try:
            self._lease = self._leases.create(new_lease(self._name, self._identity, transitions, self._wall()))
        except Exists:
            self._lose()  # another candidate was quicker
            return
        self._lead(started)

    def _take(self, lease: Object) -> None:
        started, transitions = self._clock(), Record.of(lease).transitions + 1
        try:
            self._lease = self._leases.update(taken(lease, self._identity, transitions, self._wall()))
        except (Conflict, NotFound):
            return  # another candidate was quicker
        self._lead(started)

    def _lose(self) -> None:
        if self._led is not None:
            self._led = (self._led[0], -math.inf)

    def _lead(self, since: float) -> None:
        assert self._lease is not None
        self._record = Record.of(self._lease)
        term = self._led[0] if self._led is not None else int(self._lease["metadata"]["resourceVersion"])
        self._led = (term, since + RENEW_DEADLINE_SECONDS)
