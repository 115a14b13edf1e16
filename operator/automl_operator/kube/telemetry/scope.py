"""What a log line is about: set where work on an experiment begins, and carried along by the task that does it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

FIELDS: Final = ("namespace", "experiment", "trial", "runner")
_scope: ContextVar[Mapping[str, str]] = ContextVar("scope", default=MappingProxyType({}))


def current() -> Mapping[str, str]:
    """The fields that are known here, of FIELDS."""
    return _scope.get()


def enter(**fields: str) -> None:
    """From now on this task is about something else."""
    _scope.set(fields)


@contextmanager
def narrowed(**fields: str) -> Iterator[None]:
    """For a while it is about this in particular."""
    token = _scope.set({**_scope.get(), **fields})
    try:
        yield
    finally:
        _scope.reset(token)
