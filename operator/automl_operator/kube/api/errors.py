"""What the API server answers when it does not do what it was asked.

ApiError
  NotFound     there is no such object
  Exists       a create found the name taken
  Conflict     a precondition (uid, resourceVersion) does not hold
  Expired      a resourceVersion is too old to watch from: list again
  Forbidden    permanent: not allowed, or an admission plugin's refusal (quota, Pod Security, a webhook)
  Invalid      permanent: the object is wrong or too large
  Busy         temporary: overloaded, unreachable, or no answer in time; it may have been done all the same
  Fenced       a write that was not sent, because this process may not write any more
"""

from collections.abc import Mapping
from typing import Any, Final


class ApiError(Exception):
    """A call that was not done: `status` is the HTTP status (0: no answer), `reason` the server's CamelCase word."""

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
    """A create found the name taken: read who has it. After a create that got no answer it may be our own."""


class Conflict(ApiError):
    """A precondition does not hold: another object has the name, or somebody wrote in between."""


class Expired(ApiError):
    """The resourceVersion is too old: list again."""


class Forbidden(ApiError):
    """The server refuses, and will again; the message is its own (RBAC, quota, Pod Security, a webhook)."""


class Invalid(ApiError):
    """The object is wrong or too large, and will be again."""


class Busy(ApiError):
    """The server does not do it now, or did not say in time whether it has: ask again later."""


class Fenced(ApiError):
    """This process does not lead at the moment of the attempt; nothing was sent."""


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
"""401 is temporary: a token is being rotated, and the file that it comes from is read again."""

TOO_LARGE: Final = "request is too large"
"""What etcd says, through a 500, of an object over 1.5 MiB."""

TOO_NEW: Final = "Too large resource version"
"""What is said, through a 504, of a resourceVersion from before the server was restored to an earlier state."""


def error_of(status: int, answer: Mapping[str, Any], *, creating: bool = False) -> ApiError:
    """The error of a `Status` object that came with an HTTP status (or within a watch)."""
    message = str(answer.get("message") or f"the API server answered {status}")
    reason = str(answer.get("reason") or "")
    details = answer.get("details")
    seconds = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    retry_after = float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None
    kind = _kind_of_error(status, reason, message, creating=creating)
    if any(cause.get("field") == "metadata.uid" for cause in _causes(details)):
        kind = Conflict  # a patch that says the wrong uid is told that it is immutable
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
