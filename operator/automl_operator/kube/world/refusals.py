"""The API server's errors as a World's: what is decided anew, what is tried again, and what will never be."""

from collections.abc import Iterator
from contextlib import contextmanager

from automl_api import reasons
from automl_operator.controller.world import Superseded, Unavailable, WorldError, WriteRefused
from automl_operator.kube.api.errors import ApiError, Conflict, Exists, Forbidden, Invalid, NotFound


@contextmanager
def as_world_errors() -> Iterator[None]:
    """Raise WorldError for ApiError."""
    try:
        yield
    except ApiError as error:
        raise world_error(error) from error


def world_error(error: ApiError) -> WorldError:
    """What an answer means for a decision."""
    match error:
        case NotFound() | Conflict() | Exists():
            return Superseded(error.message)
        case Forbidden():
            return _forbidden(error)
        case Invalid():
            return WriteRefused(error.reason or reasons.INVALID, error.message)
        case _:
            return Unavailable(f"{type(error).__name__}: {error.message}")


def _forbidden(error: ApiError) -> WorldError:
    """A namespace that goes takes the experiment with it; quotas and missing rights come back; the rest is final."""
    if "is being terminated" in error.message:
        return Superseded(error.message)
    if "exceeded quota" in error.message:
        return Unavailable(error.message, reasons.QUOTA_EXCEEDED)
    if "cannot " in error.message and " resource " in error.message:
        return Unavailable(f"the operator's service account lacks a right: {error.message}", reasons.RIGHT_MISSING)
    return WriteRefused(error.reason or reasons.FORBIDDEN, error.message)
