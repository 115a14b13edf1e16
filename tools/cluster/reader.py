"""Reads objects like `kubectl get`, but without a process for each call, because tests read several times a second."""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cluster.errors import ToolError
from cluster.layout import API_PORT, CONTROL_PLANE
from cluster.pki import Authority, Identity

_TIMEOUT_SECONDS = 60
_TRIES = 30
_JSON = "application/json"
_DISCOVERY = f"{_JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True)
class _Kind:
    """A kind's path, its names, and the apiVersion and kind of its objects."""

    root: str
    plural: str
    namespaced: bool
    names: tuple[str, ...]
    type_meta: dict[str, str]

    def path(self, name: str, namespace: str) -> str:
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{self.root}{place}/{self.plural}{f'/{name}' if name else ''}"


class Reader:
    """Reads from an API server over one connection, which is opened when needed, and again after it was closed."""

    def __init__(
        self, connect: Callable[[], http.client.HTTPConnection], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._connect = connect
        self._sleep = sleep
        self._connection: http.client.HTTPConnection | None = None
        self._alone = threading.Lock()
        self._kinds: dict[str, _Kind] = {}

    def get(
        self, kinds: str, name: str = "", *, namespace: str = "", selector: str = "", fields: str = ""
    ) -> dict[str, Any]:
        """The object with this name; without a name `items` with all objects of the kinds, separated by commas.

        Kinds have the names that kubectl knows. Without a namespace the items of all namespaces are returned.
        Raises ToolError with the server's message.
        """
        found = [self._kind(kind) for kind in kinds.split(",")]
        if name:
            (kind,) = found
            return self._read(kind.path(name, namespace))
        selectors = {"labelSelector": selector, "fieldSelector": fields}
        query = urlencode({key: value for key, value in selectors.items() if value})
        return {"items": [item for kind in found for item in self._items(kind, f"{kind.path('', namespace)}?{query}")]}

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _items(self, kind: _Kind, path: str) -> Iterator[dict[str, Any]]:
        # The items of a list of built-in kinds have no apiVersion and kind.
        return ({**kind.type_meta, **item} for item in self._read(path)["items"])

    def _kind(self, name: str) -> _Kind:
        if name not in self._kinds:
            groups = [group for root in ("/api", "/apis") for group in self._read(root, _DISCOVERY)["items"]]
            kinds = [kind for group in groups for kind in _kinds_of(group)]
            # A name that several kinds share means the first kind in the server's order.
            self._kinds = {kind_name: kind for kind in reversed(kinds) for kind_name in kind.names}
        if name not in self._kinds:
            raise ToolError(f"the API server does not know the kind {name}; kubectl api-resources lists all kinds")
        return self._kinds[name]

    def _read(self, path: str, accept: str = _JSON) -> dict[str, Any]:
        with self._alone:
            status, body = self._answer(path, accept)
            for _ in range(_TRIES):
                if status != http.client.TOO_MANY_REQUESTS:
                    break
                # A server that has just started answers with this status, too.
                self._sleep(1.0)
                status, body = self._answer(path, accept)
        if status != http.client.OK:
            raise ToolError(f"GET {path}: {status}: {_message(body)}")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _answer(self, path: str, accept: str) -> tuple[int, bytes]:
        """Send a request, and retry once: the server may have closed the connection since its last use."""
        try:
            return self._ask(path, accept)
        except (OSError, http.client.HTTPException):
            self.close()
        try:
            return self._ask(path, accept)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ToolError(f"GET {path}: the API server does not answer: {error!r}") from error

    def _ask(self, path: str, accept: str) -> tuple[int, bytes]:
        self._connection = self._connection or self._connect()
        self._connection.request("GET", path, headers={"Accept": accept})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def connection_as(identity: Identity, authority: Authority) -> http.client.HTTPConnection:
    """A connection to the cluster's API server with the identity's certificate; not open yet."""
    trust = ssl.create_default_context(cafile=str(authority.certificate))
    trust.load_cert_chain(*authority.pair(identity))
    return http.client.HTTPSConnection(CONTROL_PLANE, API_PORT, context=trust, timeout=_TIMEOUT_SECONDS)


def _kinds_of(group: dict[str, Any]) -> Iterator[_Kind]:
    """The kinds of an API group in its preferred version."""
    name, version = group["metadata"].get("name", ""), group["versions"][0]
    api_version = f"{name}/{version['version']}" if name else version["version"]
    for resource in version["resources"]:
        plural = resource["resource"]
        yield _Kind(
            root=f"/apis/{api_version}" if name else f"/api/{api_version}",
            plural=plural,
            namespaced=resource["scope"] == "Namespaced",
            names=(plural, resource["singularResource"], *resource.get("shortNames", ()), f"{plural}.{name}"),
            type_meta={"apiVersion": api_version, "kind": resource["responseKind"]["kind"]},
        )


def _message(body: bytes) -> str:
    """The reason and the message of a Status; any other body as it is."""
    text = body.decode(errors="replace")
    if not text.startswith("{"):
        return text
    status = json.loads(text)
    return f"{status.get('reason', '')}: {status.get('message', '')}"
