"""Reads and writes the Lease over its own blocking connections, so that neither event loop nor bucket delays it."""

import json
from typing import Any, Final, Protocol

import urllib3
from kubernetes import client

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import Busy, NotFound, error_of

CALL_SECONDS: Final = 4.0
"""Less than half of the renew deadline, so that a call that hangs leaves time for another."""


class LeaseStore(Protocol):
    """The store of one lease. Every method raises ApiError."""

    def read(self) -> Object | None:
        """The lease, None when there is none."""
        ...

    def create(self, lease: Object) -> Object:
        """Create the lease. Raises Exists."""
        ...

    def update(self, lease: Object) -> Object:
        """Replace the lease. Raises NotFound, and Conflict when its resourceVersion is not the stored one."""
        ...


class HttpLeaseStore:
    """The LeaseStore of an API server; only one thread may use it."""

    def __init__(self, configuration: client.Configuration, namespace: str, name: str) -> None:
        self._configuration = configuration
        self._client = client.ApiClient(configuration)
        self._namespace = namespace
        self._name = name

    def read(self) -> Object | None:
        """See LeaseStore."""
        try:
            return self._call("GET", LEASES.path(self._namespace, self._name))
        except NotFound:
            return None

    def create(self, lease: Object) -> Object:
        """See LeaseStore."""
        return self._call("POST", LEASES.path(self._namespace), lease, creating=True)

    def update(self, lease: Object) -> Object:
        """See LeaseStore."""
        return self._call("PUT", LEASES.path(self._namespace, self._name), lease)

    def _call(self, method: str, path: str, body: Object | None = None, *, creating: bool = False) -> Object:
        headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "automl-operator"}
        token = self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["Authorization"] = token
        url = self._configuration.host + path
        try:
            raw = self._client.call_api(method, url, headers, body, _request_timeout=CALL_SECONDS)
            status, content = raw.status, raw.read()
        except (urllib3.exceptions.HTTPError, client.ApiException, OSError) as error:
            raise Busy(f"no answer from the API server to {method} {path}: {error}") from error
        answer = _document(content)
        if status >= 300:
            raise error_of(status, answer, creating=creating)
        return answer


def _document(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"message": content[:1000].decode(errors="replace")}
