"""HTTP to the API server by the official asynchronous client, without its typed models: JSON in, bytes out."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import client

from automl_api.kinds import Kind
from automl_operator.kube.api.errors import Busy
from automl_operator.kube.api.urgency import Urgency

CONNECT_SECONDS: Final = 10.0
USER_AGENT: Final = "automl-operator"
JSON: Final = "application/json"
ACCEPTED: Final = "application/json, */*"
"""The server sends its keys as application/jwk-set+json."""


@dataclass(frozen=True)
class Request:
    """`verb` is for the metrics, `method` is HTTP's; `seconds` is the timeout of each attempt."""

    verb: str
    kind: Kind
    method: str
    path: str
    urgency: Urgency
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = JSON
    seconds: float = 15.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `retry_after` in seconds, if the server gave one."""

    status: int
    retry_after: float | None
    body: bytes

    @property
    def ok(self) -> bool:
        """True for a 2xx status."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def document(self) -> dict[str, Any]:
        """The body's JSON object. Any other body, such as a proxy's, becomes the message of a Status."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            return parsed
        return {"kind": "Status", "message": self.body[:1000].decode(errors="replace").strip()}


class Wire:
    """One connection pool. `send` and `stream` raise Busy when there is no answer."""

    def __init__(self, configuration: client.Configuration) -> None:
        self._configuration = configuration
        self._client = client.ApiClient(configuration)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str],
        seconds: float,
        body: Any = None,
        content_type: str = JSON,
    ) -> Answer:
        """Send one request and return its answer within `seconds`."""
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            response = await self._request(method, path, query, timeout, body, content_type)
            return Answer(response.status, _retry_after(response.headers), await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _busy(method, path, error) from error

    async def stream(
        self, path: str, *, query: Mapping[str, str], seconds: float, silence_seconds: float
    ) -> AsyncGenerator[Answer | bytes, None]:
        """Yield an Answer with the status, then the lines as they come. A refusal's Answer has the body, and no lines.

        After `silence_seconds` without data the connection counts as broken.
        """
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS, sock_read=silence_seconds)
        try:
            response = await self._request("GET", path, query, timeout, None, JSON)
            try:
                retry_after = _retry_after(response.headers)
                if response.status != HTTPStatus.OK:
                    yield Answer(response.status, retry_after, await response.read())
                    return
                yield Answer(response.status, retry_after, b"")
                async for line in _lines(response.content):
                    yield line
            finally:
                response.close()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _busy("watch", path, error) from error

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 -- aiohttp's own, by phase
        body: Any,
        content_type: str,
    ) -> aiohttp.ClientResponse:
        url = self._configuration.host + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": ACCEPTED, "Content-Type": content_type, "User-Agent": USER_AGENT}
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["Authorization"] = token
        raw = await self._client.call_api(method, url, headers, body, _request_timeout=timeout)
        response: aiohttp.ClientResponse = raw.response
        return response


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield lines of any length; aiohttp's own `readline` fails on long ones."""
    parts: list[bytes] = []
    async for chunk in content.iter_any():
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line = b"".join([*parts, end])
            parts = []
            if line:
                yield line
        if rest:
            parts.append(rest)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _busy(verb: str, path: str, error: Exception) -> Busy:
    what = str(error) or type(error).__name__
    return Busy(f"no answer from the API server to {verb} {path}: {what}")
