"""Translates the API server's errors into those of a World: decide anew, retry, or give up."""

from collections.abc import Iterator
from contextlib import contextmanager

from automl_api import reasons
from automl_operator.controller.world import Superseded, Unavailable, WorldError, WriteRefused
from automl_operator.kube.api.errors import ApiError, Conflict, Exists, Forbidden, Invalid, NotFound


@contextmanager
def as_world_errors() -> Iterator[None]:
    """A context that raises WorldError for ApiError."""
    try:
        yield
    except ApiError as error:
        raise world_error(error) from error


def world_error(error: ApiError) -> WorldError:
    """The WorldError for an error of the API server."""
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
    """The error for a refusal. A full quota and a missing right may be put right later; other refusals are final.

    In a namespace that is being deleted, the experiment is deleted, too.
    """
    if "is being terminated" in error.message:
        return Superseded(error.message)
    if "exceeded quota" in error.message:
        return Unavailable(error.message, reasons.QUOTA_EXCEEDED)
    if "cannot " in error.message and " resource " in error.message:
        return Unavailable(f"the operator's service account lacks a right: {error.message}", reasons.RIGHT_MISSING)
    return WriteRefused(error.reason or reasons.FORBIDDEN, error.message)
