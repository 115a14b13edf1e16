"""Where a test can make a program die: before and after every durable write.

The switch is an environment variable, because the operator, an agent and a forked child must all obey it;
so it belongs to the contract. Unset, a failpoint costs one dictionary lookup.
"""

import os
import signal

from automl_api.environment_names import FAILPOINT

_names: set[str] = set()
_passes: dict[str, int] = {}


def declare(write: str) -> str:
    """Name a durable write (`world.create-trial`), which makes `before:NAME` and `after:NAME` failpoints; returns the name."""
    _names.update((f"before:{write}", f"after:{write}"))
    return write


def declared() -> tuple[str, ...]:
    """The failpoints of every module imported so far, sorted."""
    return tuple(sorted(_names))


def reach(failpoint: str) -> None:
    """Die by SIGKILL when AUTOML_FAILPOINT names this point, as `before:NAME` or, for its n-th pass, `before:NAME@n`."""
    armed = os.environ.get(FAILPOINT)
    if not armed:
        return
    name, _, number = armed.partition("@")
    if name != failpoint:
        return
    _passes[failpoint] = _passes.get(failpoint, 0) + 1
    if _passes[failpoint] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
        # A container's first process outlives every signal from inside of it.
        os._exit(128 + signal.SIGKILL)
