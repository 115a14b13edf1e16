"""One core a fit: pools of threads are forbidden to the libraries, whatever the environment says."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_core() -> Iterator[None]:
    """BLAS and OpenMP of this process use one thread inside; a machine runs one fit a core instead."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
