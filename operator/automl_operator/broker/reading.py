"""The parser of runners' requests. It bounds sizes, refuses numbers that are not finite, and ignores unknown fields.

BadCall
  UnreadableCall  the body is not a JSON object of the expected form, or a number in it is not finite
  TooOld          the runner's protocol is older than the last but one
  TooSlow         the body does not arrive in time
"""

import json
import math
from typing import TypeVar

from pydantic import ValidationError

from automl_api.base import Model
from automl_api.protocol import Announcement
from automl_api.protocol.calls import OLDEST_PROTOCOL, PROTOCOL_VERSION

T = TypeVar("T", bound=Model)


class BadCall(Exception):
    """A request that the broker refuses; the message says why."""


class UnreadableCall(BadCall):
    """The body does not have the expected form."""


class TooOld(BadCall):
    """The runner uses a protocol that is no longer served."""


class TooSlow(BadCall):
    """The body does not arrive in time."""


def read_message(kind: type[T], body: bytes) -> T:
    """A message from JSON. Raises UnreadableCall with the place of the fault."""
    try:
        data = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise UnreadableCall("the body is nested too deeply") from None
    except ValueError as error:
        raise UnreadableCall(f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise UnreadableCall("the body is not a JSON object")
    try:
        return kind.read(data)
    except ValidationError as error:
        raise UnreadableCall(_message_of(error)) from error


def check_protocol(announcement: Announcement) -> None:
    """Raise TooOld when the runner's protocol is no longer served. A newer protocol is accepted."""
    if announcement.protocol < OLDEST_PROTOCOL:
        raise TooOld(
            f"protocol {announcement.protocol} is not served, only {OLDEST_PROTOCOL} to {PROTOCOL_VERSION}; "
            "use a runner image of the operator's version"
        )


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a finite number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is not a finite number")
    return number


def _message_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{place}: {first['msg']}"
