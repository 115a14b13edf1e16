"""A runner whose work a test chooses: sleeping, crashing, filling memory. Run as a script.

Without arguments it is the agent, as `automl-runner` is; with arguments it is one of the agent's children. Run it with
-P, so that no other fake shadows a module of the standard library. It replaces only the command of the children and
their table of handlers.
"""

import ctypes
import errno
import mmap
import os
import signal
import sys
import time

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.agent import run
from automl_runner.children import Program, Report, serve
from automl_runner.children.messages import ChildOutcome
from automl_runner.failures import WorkFailed

MIB = 2**20


def fit(assignment: Assignment, report: Report) -> ChildOutcome:
    """Report each fold of the work, then do what the learner's name says."""
    assert assignment.fit is not None
    began = time.monotonic()
    parameters = assignment.fit.configuration.parameters
    for fold in assignment.fit.folds:
        # Clocks of processes on one machine agree, so that a benchmark can subtract them.
        report(FoldResult(fold=fold, score=began, seconds=float(parameters.get("fold_seconds", 0.0))))
    ACTIONS[assignment.fit.configuration.learner](parameters)
    return ChildOutcome(folds=(FoldResult(fold=0, score=began, seconds=time.monotonic(), rounds=os.getpid()),))


def _fill_memory(parameters):
    held = bytearray(int(parameters["mib"]) * MIB)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(60)


def _fill_shared_memory(parameters):
    held = mmap.mmap(-1, int(parameters["mib"]) * MIB)
    for place in range(0, len(held), 4096):
        held[place] = 1
    time.sleep(60)


def _ignore_sigterm(parameters):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def _raise(error):
    raise error


def _full():
    raise OSError(errno.ENOSPC, "there is no room left")


ACTIONS = {
    "sleep": lambda parameters: time.sleep(float(parameters["seconds"])),
    "print": lambda parameters: sys.stdout.write(str(parameters["text"]) + "\n"),
    "segfault": lambda parameters: ctypes.string_at(0),
    "exit": lambda parameters: os._exit(int(parameters["code"])),
    "kill": lambda parameters: os.kill(os.getpid(), signal.SIGKILL),
    "bug": lambda parameters: _raise(KeyError("nothing here")),
    "no_memory": lambda parameters: _raise(MemoryError("no room for an array")),
    "full_disk": lambda parameters: _full(),
    "refuse": lambda parameters: _raise(WorkFailed("configuration", "NotFinite", "the loss is not finite")),
    "fill_memory": _fill_memory,
    "fill_shared_memory": _fill_shared_memory,
    "ignore_sigterm": _ignore_sigterm,
}

if __name__ == "__main__":
    if sys.argv[1:]:
        serve(sys.argv[1:], Program({"fit": fit}))
    else:
        sys.exit(run(os.environ, (sys.executable, "-P", __file__), lambda: ("sleep",)))
