"""The log scope: the subject of a task's log lines. It is set where work on an experiment begins."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

FIELDS: Final = ("namespace", "experiment", "trial", "runner")
_scope: ContextVar[Mapping[str, str]] = ContextVar("scope", default=MappingProxyType({}))


def current() -> Mapping[str, str]:
    """The fields that are known for this task, of FIELDS."""
    return _scope.get()


def enter(**fields: str) -> None:
    """Replace this task's log scope."""
    _scope.set(fields)


@contextmanager
def narrowed(**fields: str) -> Iterator[None]:
    """A context that adds fields to the log scope."""
    token = _scope.set({**_scope.get(), **fields})
    try:
        yield
    finally:
        _scope.reset(token)
