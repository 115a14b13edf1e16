"""Learners for tests only: each trains like `linear`, after something that real learners rarely do."""

import mmap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from automl_api.base import Scalar
from automl_runner.learners.learner import FitContext, Fitted, Learner, TrainingSet
from automl_runner.learners.linear import Linear

GO = Path("/tmp/go")
_STEP_BYTES = 16 * 2**20
_STEP_SECONDS = 0.02
_MAPPED_BYTES = 2**40
_TABLE_COVERS_BYTES = 2 * 2**20
"""Memory that one page table of 4 kB maps."""


class Odd:
    """`linear` under another name that calls `before` first."""

    def __init__(self, name: str, before: Callable[[], None], *, accelerator: str = "", seconds: float = 0.1) -> None:
        self.descriptor = replace(
            Linear.descriptor,
            name=name,
            views=("plain",),
            portfolio=lambda _shape: (),
            seconds=lambda _shape: seconds,
            accelerator=accelerator,
        )
        self._before = before

    def fit(
        self, parameters: dict[str, Scalar], train: TrainingSet, valid: TrainingSet | None, context: FitContext
    ) -> Fitted:
        """See Learner."""
        self._before()
        return Linear().fit(parameters, train, valid, context)


def _nothing() -> None:
    """Do nothing: the tests check only that the work lands on a node with an accelerator, not that it uses one."""


def _wait() -> None:
    """Wait until the test creates the file GO."""
    while not GO.exists():
        time.sleep(0.05)


def _hoard() -> None:
    """Take memory step by step, so that the agent's guard can react."""
    hoard = []
    while True:
        hoard.append(bytearray(b"x") * _STEP_BYTES)
        time.sleep(_STEP_SECONDS)


def _overreach() -> None:
    """Fill page tables, which the agent's guard does not count, until the kernel kills the agent for them.

    This ends the whole container, as under cgroup v2, where the kernel kills all of its processes. Only the tables take
    memory: the whole mapping is one page of zeros.
    """
    Path("/proc/1/oom_score_adj").write_text("1000")
    Path("/proc/self/oom_score_adj").write_text("0")
    memory = mmap.mmap(-1, _MAPPED_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    while True:
        for start in range(0, _MAPPED_BYTES, _TABLE_COVERS_BYTES):
            memory[start]


REGISTERED: tuple[Learner, ...] = (
    Odd("held", _wait, seconds=60.0),
    Odd("hoarder", _hoard),
    Odd("overreaching", _overreach),
    Odd("on_gpu", _nothing, accelerator="nvidia.com/gpu"),
    Odd("on_tpu", _nothing, accelerator="google.com/tpu"),
)
