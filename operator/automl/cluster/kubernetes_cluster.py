"""A cluster through the kubernetes library's connection. Objects are plain dictionaries."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kubernetes.client import ApiClient, ApiException
from urllib3.exceptions import HTTPError

from automl.cluster.api import ClusterContext, Object
from automl.cluster.command_channel import WebsocketChannel
from automl.cluster.errors import ApiRefused, NotFound
from automl.cluster.refusals import ApiRequest, no_answer, refusal
from automl_api.kinds import PODS, Kind

FIELD_MANAGER = "automl"
CONNECT_SECONDS, READ_SECONDS = 10, 60
APPLY_PATCH, MERGE_PATCH = "application/apply-patch+yaml", "application/merge-patch+json"


class KubernetesCluster:
    """One namespace of a real cluster."""

    def __init__(self, configuration: Any, place: ClusterContext) -> None:
        # urllib3 would log every retry to stderr; callers decide about retries.
        configuration.retries = False
        self._client = ApiClient(configuration)
        self.place = place

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object, or None where there is none."""
        try:
            return self._ask(ApiRequest("get", kind, name, self.place), "GET", kind.path(self.place.namespace, name))
        except NotFound:
            return None

    def list(self, kind: Kind) -> Sequence[Object]:
        """All objects of a kind."""
        answer = self._ask(ApiRequest("list", kind, "", self.place), "GET", kind.path(self.place.namespace))
        return tuple(answer["items"])

    def apply(self, kind: Kind, body: Object, *, dry_run: bool = False) -> Object:
        """Server-side apply, which takes over the fields of other managers."""
        name = body["metadata"]["name"]
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        asked = ApiRequest("create or patch", kind, name, self.place)
        return self._ask(asked, "PATCH", kind.path(self.place.namespace, name), query, body, APPLY_PATCH)

    def create(self, kind: Kind, body: Object) -> Object:
        """Create an object. Raises Exists."""
        asked = ApiRequest("create", kind, body["metadata"]["name"], self.place)
        query = {"fieldManager": FIELD_MANAGER}
        return self._ask(asked, "POST", kind.path(self.place.namespace), query, body, "application/json")

    def patch(self, kind: Kind, name: str, body: Object) -> Object:
        """A JSON merge patch. Raises NotFound."""
        asked = ApiRequest("patch", kind, name, self.place)
        query = {"fieldManager": FIELD_MANAGER}
        return self._ask(asked, "PATCH", kind.path(self.place.namespace, name), query, body, MERGE_PATCH)

    def delete(self, kind: Kind, name: str) -> None:
        """Delete at once; a missing object is no error."""
        asked = ApiRequest("delete", kind, name, self.place)
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}
        try:
            self._ask(asked, "DELETE", kind.path(self.place.namespace, name), {}, options, "application/json")
        except NotFound:
            return

    def watch(self, kind: Kind, name: str, version: str, seconds: int) -> Iterator[Object | None]:
        """The states of one object after a resource version, None once it is deleted. Raises Expired."""
        asked = ApiRequest("watch", kind, name, self.place)
        query = {"watch": "true", "fieldSelector": f"metadata.name={name}", "resourceVersion": version}
        query |= {"timeoutSeconds": str(seconds)}
        request = self._request("GET", kind.path(self.place.namespace), query, None, "")
        with self._answering():
            response = self._client.call_api(*request, _request_timeout=(CONNECT_SECONDS, seconds + READ_SECONDS))
            try:
                if response.status != 200:
                    raise refusal(response.status, response.read().decode(errors="replace"), asked)
                for event in _lines(response.response):
                    if event["type"] == "ERROR":
                        raise refusal(event["object"].get("code", 500), json.dumps(event["object"]), asked)
                    yield None if event["type"] == "DELETED" else event["object"]
            finally:
                response.response.close()

    def run(self, pod: str, command: Sequence[str]) -> WebsocketChannel:
        """Run a command in a pod's only container."""
        asked = ApiRequest("run commands in", PODS, pod, self.place)
        headers: dict[str, str] = {}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], "", "GET", None)
        url = self._client.configuration.host + PODS.path(self.place.namespace, pod, "exec")
        return WebsocketChannel.open(self._client.configuration, url, command, headers, asked)

    def _ask(
        self,
        asked: ApiRequest,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "",
    ) -> Object:
        request = self._request(method, path, query or {}, body, content_type)
        with self._answering():
            response = self._client.call_api(*request, _request_timeout=(CONNECT_SECONDS, READ_SECONDS))
            text = response.read().decode(errors="replace")
        if not 200 <= response.status < 300:
            raise refusal(response.status, text, asked)
        try:
            answer: Object = json.loads(text)
        except ValueError as error:
            raise no_answer("the answer is not from an API server", self.place) from error
        return answer

    def _request(
        self, method: str, path: str, query: dict[str, str], body: Object | None, content_type: str
    ) -> tuple[Any, ...]:
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if content_type else {})
        return tuple(
            self._client.param_serialize(
                method,
                path,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
        )

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn errors of the connection into ClusterErrors: no answer, or a server that cannot be trusted."""
        try:
            yield
        except ApiException as error:
            why = " ".join(str(error.reason).split())
            raise ApiRefused(f'the API server of context "{self.place.context}" cannot be trusted: {why}') from error
        except (HTTPError, OSError) as error:
            raise no_answer(str(error) or type(error).__name__, self.place) from error


def _lines(response: Any) -> Iterator[dict[str, Any]]:
    """The events of a watch, one a line; a chunk may end anywhere."""
    rest = b""
    for chunk in response.stream(amt=None, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
