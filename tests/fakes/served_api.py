"""The API server in memory over real HTTP, for programs with their own client, such as kopf.

It serves discovery, objects, watches with bookmarks, and the keys of service account tokens.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from automl_api import kinds
from automl_api.kinds import Kind
from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.api.tokens import ISSUER_PATH, KEYS_PATH
from automl_operator.kube.api.urgency import Urgency
from fakes.api_server import FakeApiServer

KINDS = [kind for kind in vars(kinds).values() if isinstance(kind, Kind)]
CLUSTER_WIDE = {
    "v1": [Kind("", "v1", "namespaces", "Namespace")],
    "apiextensions.k8s.io/v1": [
        Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
    ],
}
_PATH = re.compile(
    r"^(?:/api|/apis/(?P<group>[^/]+))/(?P<version>v[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?P<status>/status)?$"
)


class ServedApi:
    """An aiohttp application over `server`."""

    def __init__(self, server: FakeApiServer) -> None:
        self.server = server
        self.user_agents: dict[str, set[str]] = {}
        """The programs that called, by HTTP method."""
        self.streams: set[asyncio.Task[Any]] = set()
        self.watch_error: dict[str, Any] | None = None
        """Status with which the next watch on experiments fails at once."""

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    def end_streams(self) -> None:
        """End all watches, so that the server can stop."""
        for stream in self.streams:
            stream.cancel()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.user_agents.setdefault(request.method, set()).add(request.headers.get("User-Agent", "").split("/")[0])
        document = self._document(request.path)
        if document is not None:
            return web.json_response(document)
        found = _PATH.match(request.path)
        kind = _kind_of(found) if found else None
        if found is None or kind is None:
            return web.json_response({"kind": "Status", "message": f"no {request.path}", "code": 404}, status=404)
        try:
            if request.query.get("watch"):
                return await self._watch(request, kind, found["namespace"])
            return web.json_response(await self._object(request, kind, found))
        except ApiError as error:
            status = {"kind": "Status", "message": error.message, "reason": error.reason, "code": error.status}
            return web.json_response(status, status=error.status)

    def _document(self, path: str) -> dict[str, Any] | None:
        if path == ISSUER_PATH:
            return {"issuer": "https://issuer", "jwks_uri": "https://issuer" + KEYS_PATH}
        if path == KEYS_PATH:
            return {"keys": []}
        if path == "/api":
            return {"versions": ["v1"]}
        served = {kind.api_version for kind in KINDS} | set(CLUSTER_WIDE)
        if path == "/apis":
            return {"groups": [_group(version) for version in sorted(served) if "/" in version]}
        for version in served:
            if path == f"/apis/{version.split('/')[0]}" and "/" in version:
                return _group(version)
            if path == (f"/apis/{version}" if "/" in version else f"/api/{version}"):
                namespaced = [_resource(kind, True) for kind in KINDS if kind.api_version == version]
                return {"resources": namespaced + [_resource(kind, False) for kind in CLUSTER_WIDE.get(version, [])]}
        return None

    async def _object(self, request: web.Request, kind: Kind, found: re.Match[str]) -> dict[str, Any]:
        namespace, name = found["namespace"], found["name"]
        labels, fields = request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")
        if request.method == "GET" and name is None:
            listing = await self.server.list(kind, namespace, labels=labels, fields=fields)
            return {"metadata": {"resourceVersion": listing.resource_version}, "items": list(listing.items)}
        body = await request.json() if request.can_read_body else {}
        match request.method:
            case "GET":
                stored = await self.server.get(kind, namespace, name)
                if stored is None:
                    raise web.HTTPNotFound(text="{}", content_type="application/json")
                return stored
            case "POST":
                return await self.server.create(kind, namespace, body, urgency=Urgency.OBJECT)
            case "PATCH" if found["status"]:
                return await self.server.apply_status(kind, namespace, name, body["status"], urgency=Urgency.OBJECT)
            case "PATCH":
                return await self.server.patch(kind, namespace, name, body, urgency=Urgency.OBJECT)
            case _:
                await self.server.delete(kind, namespace, name, urgency=Urgency.OBJECT)
                return {"kind": "Status", "status": "Success"}

    async def _watch(self, request: web.Request, kind: Kind, namespace: str | None) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self.streams.add(task)
        if self.watch_error is not None and kind == kinds.EXPERIMENTS:
            await answer.write(json.dumps({"type": "ERROR", "object": self.watch_error}).encode() + b"\n")
            return answer
        events = self.server.watch(
            kind,
            namespace,
            labels=request.query.get("labelSelector", ""),
            fields=request.query.get("fieldSelector", ""),
            resource_version=request.query["resourceVersion"],
        )
        try:
            async for event in events:
                line = {"type": event.type, "object": event.object}
                await answer.write(json.dumps(line).encode() + b"\n")
        except ConnectionResetError:
            return answer
        finally:
            self.streams.discard(task)
        return answer


@asynccontextmanager
async def served(server: FakeApiServer, folder: Path) -> AsyncIterator[tuple[ServedApi, Path]]:
    """The server on a free port of loopback, and a kubeconfig for it."""
    api = ServedApi(server)
    runner = web.AppRunner(api.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": address}}],
                "users": [{"name": "test", "user": {"token": "token-of-the-operator"}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            }
        )
    )
    try:
        yield api, kubeconfig
    finally:
        api.end_streams()
        with suppress(asyncio.CancelledError):
            await runner.cleanup()


def _kind_of(found: re.Match[str]) -> Kind | None:
    wanted = (found["group"] or "", found["version"], found["plural"])
    return next((kind for kind in KINDS if (kind.group, kind.version, kind.plural) == wanted), None)


def _group(api_version: str) -> dict[str, Any]:
    name, version = api_version.split("/")
    versions = {"groupVersion": api_version, "version": version}
    return {"name": name, "versions": [versions], "preferredVersion": versions}


def _resource(kind: Kind, namespaced: bool) -> dict[str, Any]:
    verbs = ["create", "delete", "get", "list", "patch", "watch"]
    names = {"name": kind.plural, "singularName": kind.kind.lower(), "kind": kind.kind}
    return names | {"namespaced": namespaced, "verbs": verbs}
