"""Translates the end of a child into the result of its assignment. Pure."""

import enum
import signal
from dataclasses import dataclass

from automl_api import reasons
from automl_api.protocol import Assignment, Failure, Result
from automl_api.resources.trial import FoldResult
from automl_api.signal_names import signal_name
from automl_runner.children.messages import ChildOutcome
from automl_runner.launchers.launcher import Crash


class StopReason(enum.Enum):
    """The reason why the agent itself ended a child."""

    CANCELLED = "the broker cancelled it"
    BUDGET_SPENT = "its time was up"
    TERMINATED = "the runner was told to leave"
    TIMEOUT = "it took too long"
    OUT_OF_MEMORY = "memory ran short"


_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
"""Signals that a program's own fault does not raise."""
_CANCELLING = (StopReason.CANCELLED, StopReason.BUDGET_SPENT, StopReason.TERMINATED)


@dataclass(frozen=True)
class Stop:
    """The agent's decision to end a child; `message` is for people."""

    reason: StopReason
    message: str = ""


def result(
    assignment: Assignment,
    ending: ChildOutcome | Crash,
    stop: Stop | None,
    folds: tuple[FoldResult, ...],
    *,
    seconds: float,
    peak_memory_bytes: int,
) -> Result:
    """The result to hand in. `folds` are the reported ones. A reported outcome counts, whatever came after it."""
    plain = Result(
        id=assignment.id,
        attempt=assignment.attempt,
        outcome="failed",
        folds=folds,
        seconds=seconds,
        peak_memory_bytes=peak_memory_bytes,
    )
    if isinstance(ending, ChildOutcome):
        if ending.failure is not None:
            return plain.replace(failure=ending.failure)
        done = ending.folds or folds
        return plain.replace(outcome="succeeded", plan=ending.plan, model=ending.model, refit=ending.refit, folds=done)
    if stop is not None and stop.reason in _CANCELLING:
        return plain.replace(outcome="cancelled")
    return plain.replace(failure=_stopped(stop) if stop is not None else _crashed(ending))


def _stopped(stop: Stop) -> Failure:
    if stop.reason is StopReason.TIMEOUT:
        return Failure(failure_class="configuration", reason=reasons.TIMEOUT, message=stop.message)
    return Failure(failure_class="resources", reason=reasons.OUT_OF_MEMORY, message=stop.message)


def _crashed(crash: Crash) -> Failure:
    if crash.out_of_memory:
        message = "the kernel killed the process because memory ran out; give the runner more memory, or fewer slots"
        return Failure(failure_class="resources", reason=reasons.OUT_OF_MEMORY, message=message)
    if crash.lost:
        return Failure(
            failure_class="infrastructure",
            reason=reasons.ZYGOTE_LOST,
            message="the process that children are forked from ended, and the child with it",
        )
    if crash.signal in _FROM_OUTSIDE:
        message = f"the process was ended from outside, by {signal_name(crash.signal)}"
        return Failure(failure_class="infrastructure", reason=reasons.KILLED, message=message)
    how = (
        f"was ended by {signal_name(crash.signal)}"
        if crash.signal
        else f"ended with exit code {crash.code} and no result"
    )
    message = f"the process {how}"
    if crash.last_lines:
        message = f"{message}; its last lines:\n{crash.last_lines}"
    return Failure(failure_class="configuration", reason=reasons.CRASHED, message=message)
