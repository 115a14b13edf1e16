"""A Lease in memory with resourceVersions that several candidates share; a test can make it unreachable."""

import threading
from copy import deepcopy

from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import Busy, Conflict, Exists, NotFound


class FakeLeaseServer:
    """LeaseStore. `reachable` says whether calls arrive; `answers` whether their answers do."""

    def __init__(self) -> None:
        self.lease: Object | None = None
        self.reachable = True
        self.answers = True
        self.calls: list[str] = []
        self._version = 0
        self._lock = threading.Lock()

    def read(self) -> Object | None:
        with self._lock:
            self._called("read")
            self._answered()
            return deepcopy(self.lease)

    def create(self, lease: Object) -> Object:
        with self._lock:
            self._called("create")
            if self.lease is not None:
                raise Exists("the lease exists already", status=409)
            return self._store(lease)

    def update(self, lease: Object) -> Object:
        with self._lock:
            self._called("update")
            if self.lease is None:
                raise NotFound("there is no lease", status=404)
            if lease["metadata"].get("resourceVersion") != self.lease["metadata"]["resourceVersion"]:
                raise Conflict("the lease has been modified", status=409)
            return self._store(lease)

    def label(self) -> None:
        """Somebody writes into the lease without taking it."""
        assert self.lease is not None
        self._store(self.lease | {"metadata": self.lease["metadata"] | {"labels": {"a": "b"}}})

    def delete(self) -> None:
        """Somebody deletes the lease."""
        self.lease = None

    def _store(self, lease: Object) -> Object:
        self._version += 1
        self.lease = deepcopy(lease)
        self.lease["metadata"]["resourceVersion"] = str(self._version)
        self._answered()
        return deepcopy(self.lease)

    def _called(self, verb: str) -> None:
        self.calls.append(verb)
        if not self.reachable:
            raise Busy("no way to the API server")

    def _answered(self) -> None:
        if not self.answers:
            raise Busy("no answer from the API server")
