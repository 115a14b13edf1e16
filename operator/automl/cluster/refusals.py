"""Errors with messages for the API server's refusals. Pure functions: an answer in, an error out."""

import json
import re
from dataclasses import dataclass
from typing import Any

from automl.cluster.api import ClusterContext
from automl.cluster.errors import (
    ApiRefused,
    ClusterError,
    Exists,
    Expired,
    Forbidden,
    NotFound,
    NotInstalled,
    Unreachable,
)
from automl_api.kinds import Kind

INSTALL = "helm install automl charts/automl-operator -n automl-system --create-namespace"
_POLICY = ("exceeded quota", "violates PodSecurity", "is being terminated", "denied the request", "security context")
"""Parts of a 403's message that mean a broken rule, not a missing right."""
_TOO_MUCH = "request is too large"
_BARE_VALUE = re.compile(r'^Invalid value: "(object|string|array|integer)": ')
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class ApiRequest:
    """A request; `verb` as in `you may not VERB pods`."""

    verb: str
    kind: Kind
    name: str
    place: ClusterContext


def refusal(status: int, body: str, asked: ApiRequest) -> ClusterError:
    """The error for an answer that is not a success: its HTTP status and its body."""
    answer = _status(body)
    message = str(answer.get("message") or body.strip()[:500] or f"HTTP {status}")
    reason = answer.get("reason", "")
    if status == 401:
        return Forbidden(
            f'the cluster of context "{asked.place.context}" does not accept your credentials ({message}); log in again'
        )
    if status == 403:
        return _forbidden(message, asked)
    if status == 404:
        return _not_found(answer, asked)
    if status == 409 and reason == "AlreadyExists":
        return Exists(f"{asked.kind.word} {asked.name} exists already")
    if status == 410:
        return Expired(message)
    if status in _BUSY and _TOO_MUCH not in message:
        return Unreachable(f"the API server cannot answer now ({status}: {message}); try again")
    return ApiRefused(_causes(answer) or f"the API server refuses {asked.kind.word} {asked.name}: {message}")


def no_answer(why: str, place: ClusterContext) -> Unreachable:
    """The error where the API server could not be reached."""
    return Unreachable(
        f'the API server of context "{place.context}" does not answer ({why}); is this the right context? '
        "kubectl config get-contexts lists them"
    )


def _status(body: str) -> dict[str, Any]:
    """The Status object of an answer; empty for anything else, for example a proxy's page."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) and answer.get("kind") == "Status" else {}


def _forbidden(message: str, asked: ApiRequest) -> ClusterError:
    if any(policy in message for policy in _POLICY):
        return ApiRefused(f"{asked.kind.word} {asked.name} is refused: {message}")
    return Forbidden(
        f'you may not {asked.verb} {asked.kind.full_name} in namespace "{asked.place.namespace}"; ask its '
        f"administrator for the role edit there (to watch, view is enough): {message}"
    )


def _not_found(answer: dict[str, Any], asked: ApiRequest) -> ClusterError:
    place, missing = asked.place, answer.get("details", {}).get("kind", "")
    if missing == "namespaces":
        return ApiRefused(
            f'there is no namespace "{place.namespace}" in the cluster of context "{place.context}"; choose another '
            f"with -n, or: kubectl create namespace {place.namespace}"
        )
    if not missing and asked.kind.group:
        return NotInstalled(
            f'the cluster of context "{place.context}" does not know {asked.kind.full_name}: the operator is not '
            f"installed there, or this is another cluster than you think; {INSTALL}"
        )
    return NotFound(absent(asked.kind, asked.name, place))


def absent(kind: Kind, name: str, place: ClusterContext, hint: str = "") -> str:
    """The message that an object does not exist, with the place that was searched."""
    return f'there is no {kind.word} "{name}" in namespace "{place.namespace}" of context "{place.context}"{hint}'


def _causes(answer: dict[str, Any]) -> str:
    """A line for each field that is refused."""
    lines = []
    for cause in answer.get("details", {}).get("causes", ()):
        field, message = cause.get("field", ""), _BARE_VALUE.sub("", cause.get("message", ""))
        named = field and field != "<nil>" and not message.startswith(f"{field} ")
        lines.append(f"{field}: {message}" if named else message)
    return "\n".join(line for line in dict.fromkeys(lines) if line)
