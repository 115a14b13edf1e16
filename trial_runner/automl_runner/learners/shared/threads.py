"""Keeps libraries from using thread pools, whatever the environment says, because a fit has one core."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_core() -> Iterator[None]:
    """Limit BLAS and OpenMP of this process to one thread; a machine runs one fit per core instead."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
