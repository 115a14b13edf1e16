"""The interface of children and launchers, whether they fork or spawn."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from automl_api import environment_names
from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildOutcome

MAX_LINE_BYTES = 16 * 1024 * 1024

_ONE_CORE = {
    # A fit has one core. A zygote must have one thread, but OpenBLAS and Arrow's jemalloc would start more.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_NOT_FOR_CHILDREN = (environment_names.TOKEN_FILE, environment_names.BROKER_URL)


class LauncherBroken(Exception):
    """Children cannot be started on this machine, and a retry would not help."""


@dataclass(frozen=True)
class Crash:
    """A child's end without an outcome: by a signal, with an exit code, or with its zygote (`lost`).

    `out_of_memory`: the kernel sent the signal because memory ran out.
    """

    signal: int = 0
    code: int = 0
    lost: bool = False
    out_of_memory: bool = False
    last_lines: str = ""


class Child(Protocol):
    """One assignment at work in one process, the leader of its own process group."""

    pid: int

    async def ending(self, on_fold: Callable[[FoldResult], None]) -> ChildOutcome | Crash:
        """Wait for the end, calling `on_fold` for each fold; to be called once."""
        ...

    def send_signal(self, number: int) -> None:
        """Signal the child's process group; nothing happens if it has ended."""
        ...


class Launcher(Protocol):
    """Starts children."""

    async def open(self) -> None:
        """Begin to import the libraries."""
        ...

    async def start(self, assignment: Assignment) -> Child:
        """Start a child with this assignment. Raises LauncherBroken."""
        ...

    def processes(self) -> tuple[int, ...]:
        """The process groups to kill so that no process is left."""
        ...

    async def close(self) -> None:
        """Kill the processes that are left."""
        ...


def children_environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of children: one core each, and no access to the broker."""
    kept = {name: value for name, value in variables.items() if name not in _NOT_FOR_CHILDREN}
    return kept | _ONE_CORE


def crash_of(status: int, last_lines: str = "") -> Crash:
    """The crash that a wait status stands for."""
    code = os.waitstatus_to_exitcode(status)
    return Crash(signal=-code if code < 0 else 0, code=max(code, 0), last_lines=last_lines)
