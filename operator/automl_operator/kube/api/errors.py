"""The errors of calls to the API server.

ApiError
  NotFound     there is no such object
  Exists       a create found the name taken
  Conflict     a precondition (uid, resourceVersion) does not hold
  Expired      a resourceVersion is too old to watch from: list again
  Forbidden    permanent: a right is missing, or an admission plugin refuses (quota, Pod Security, a webhook)
  Invalid      permanent: the object is wrong or too large
  Busy         temporary: overloaded, unreachable, or no answer in time; the call may still have succeeded
  Fenced       a write was not sent, because this process may no longer write
"""

from collections.abc import Mapping
from typing import Any, Final


class ApiError(Exception):
    """A call failed. `status` is the HTTP status (0: no answer), `reason` the server's CamelCase reason."""

    def __init__(self, message: str, *, status: int = 0, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.reason = reason
        self.retry_after = retry_after
        """Seconds that the server asks us to wait, if it does."""


class NotFound(ApiError):
    """There is no such object."""


class Exists(ApiError):
    """A create found the name taken. The object may be our own, from an attempt that got no answer: read it."""


class Conflict(ApiError):
    """A precondition does not hold: another object has the name, or another client wrote in between."""


class Expired(ApiError):
    """The resourceVersion is too old: list again."""


class Forbidden(ApiError):
    """The server refuses, also a retry. The message is the server's (RBAC, quota, Pod Security, a webhook)."""


class Invalid(ApiError):
    """The object is wrong or too large; a retry would not help."""


class Busy(ApiError):
    """The server cannot serve the call now, or its answer did not come in time: retry later."""


class Fenced(ApiError):
    """This process does not lead at the moment of the attempt, so nothing was sent."""


_BY_STATUS: Final[Mapping[int, type[ApiError]]] = {
    400: Invalid,
    401: Busy,
    403: Forbidden,
    404: NotFound,
    405: Invalid,
    406: Invalid,
    409: Conflict,
    410: Expired,
    413: Invalid,
    415: Invalid,
    422: Invalid,
}
"""401 is temporary: the token is being rotated, and the client reads its file again."""

TOO_LARGE: Final = "request is too large"
"""Part of etcd's message for an object over 1.5 MiB; its status is 500."""

TOO_NEW: Final = "Too large resource version"
"""Part of the message, with status 504, when our resourceVersion is newer than a server restored from a backup."""


def error_of(status: int, answer: Mapping[str, Any], *, creating: bool = False) -> ApiError:
    """The error for a `Status` object that came with an HTTP status (or within a watch)."""
    message = str(answer.get("message") or f"the API server answered {status}")
    reason = str(answer.get("reason") or "")
    details = answer.get("details")
    seconds = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    retry_after = float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None
    kind = _kind_of_error(status, reason, message, creating=creating)
    if any(cause.get("field") == "metadata.uid" for cause in _causes(details)):
        kind = Conflict  # a patch with the wrong uid is refused because a uid is immutable
    return kind(message, status=status, reason=reason, retry_after=retry_after)


def _kind_of_error(status: int, reason: str, message: str, *, creating: bool) -> type[ApiError]:
    if status >= 500 and TOO_LARGE in message:
        return Invalid
    if reason == "AlreadyExists" or (creating and status == 409 and not reason):
        return Exists
    if reason == "Expired" or TOO_NEW in message:
        return Expired
    return _BY_STATUS.get(status, Busy)


def _causes(details: Any) -> list[Mapping[str, Any]]:
    causes = details.get("causes") if isinstance(details, Mapping) else None
    return [cause for cause in causes if isinstance(cause, Mapping)] if isinstance(causes, list) else []
