"""The responses to refused requests: an HTTP status, a message, and one word for metrics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from automl_api.protocol.calls import MAX_BODY_BYTES
from automl_operator.broker.identity import Unauthorized
from automl_operator.broker.leases import HeldByAnother
from automl_operator.broker.reading import BadCall, TooOld, TooSlow, UnreadableCall

REFUSALS = (Unauthorized, BadCall, HeldByAnother, web.HTTPException)
"""The exceptions that refuse a request. Any other exception is a bug."""

_REASONS: Final[Mapping[type[Exception], str]] = {
    UnreadableCall: "Unreadable",
    TooOld: "TooOld",
    TooSlow: "TooSlow",
    HeldByAnother: "HeldByAnother",
}
"""The words for metrics. Dashboards rely on them, so they do not depend on names of classes."""


NOT_LEADER: Final = "not-leader"
"""The response of a process that does not lead; runners then try the leading process."""


@dataclass(frozen=True)
class CallRefusal:
    """A refused request. `reason` is one of a few CamelCase words."""

    status: int
    reason: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """The HTTP response. A 503 closes the connection: a retry over it would reach the same standby again."""
        answer = web.json_response({"error": self.message}, status=self.status, headers=self.headers)
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.force_close()
        return answer


def refusal_of(error: Exception) -> CallRefusal:
    """The refusal for an exception of REFUSALS."""
    match error:
        case Unauthorized():
            return CallRefusal(HTTPStatus.UNAUTHORIZED, error.reason, str(error), {"WWW-Authenticate": "Bearer"})
        case TooOld():
            return CallRefusal(HTTPStatus.CONFLICT, _REASONS[TooOld], str(error))
        case web.HTTPRequestEntityTooLarge():
            message = f"the body is larger than {MAX_BODY_BYTES} bytes"
            return CallRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge", message)
        case web.HTTPException():
            kept = {name: error.headers[name] for name in ("Retry-After", "Allow") if name in error.headers}
            return CallRefusal(error.status, _word(error), error.text or error.reason, kept)
        case _:
            return CallRefusal(HTTPStatus.BAD_REQUEST, _REASONS[type(error)], str(error))


def _word(error: web.HTTPException) -> str:
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "NotLeader" if error.text == NOT_LEADER else "Unavailable"
    return f"Http{error.status}"
