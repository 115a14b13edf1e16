"""Points at which a test can kill a program: before and after every durable write.

An environment variable arms a failpoint, because the operator, an agent and a forked child all see it. So it
belongs to the contract. A failpoint that is not armed costs one dictionary lookup.
"""

import os
import signal

from automl_api.environment_names import FAILPOINT

_names: set[str] = set()
_passes: dict[str, int] = {}


def declare(write: str) -> str:
    """Declare the failpoints `before:NAME` and `after:NAME` of a write (`world.create-trial`); returns the name."""
    _names.update((f"before:{write}", f"after:{write}"))
    return write


def declared() -> tuple[str, ...]:
    """The failpoints of every module imported so far, sorted."""
    return tuple(sorted(_names))


def reach(failpoint: str) -> None:
    """End by SIGKILL if AUTOML_FAILPOINT names this point, as `before:NAME` or, for its n-th pass, `before:NAME@n`."""
    armed = os.environ.get(FAILPOINT)
    if not armed:
        return
    name, _, number = armed.partition("@")
    if name != failpoint:
        return
    _passes[failpoint] = _passes.get(failpoint, 0) + 1
    if _passes[failpoint] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
        # A container's first process survives every signal from inside the container.
        os._exit(128 + signal.SIGKILL)
