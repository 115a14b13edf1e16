"""A runner whose fits only sleep and record their times, so that the cost of everything else can be measured.

Without arguments it is the agent, like `automl-runner`; with arguments it is one of the agent's children. The zygote
imports the same modules as the product's, because the cost of a fork depends on the size of the process.
"""

import os
import socket
import sys
import time
from pathlib import Path

from automl_api.protocol import Assignment
from automl_runner.agent import run
from automl_runner.children import Program, Report, serve
from automl_runner.children.messages import ChildOutcome
from automl_runner.children.work import program
from automl_runner.mounts import Mounts

sys.path.append(str(Path(__file__).parent))
import sleeping

SECONDS = float(os.environ.get("AUTOML_BENCHMARK_SECONDS", "0.1"))
TIMES_FILE = "fit-times"
"""The file in the store to which every fit adds a line: its begin, its end, and its host."""


def prepare(assignment: Assignment, report: Report) -> ChildOutcome:
    """Make a plan with one learner and one fold."""
    del assignment, report
    return ChildOutcome(plan=sleeping.plan(SECONDS))


def fit(assignment: Assignment, report: Report) -> ChildOutcome:
    """Sleep, and record begin and end."""
    began = time.monotonic()
    assert assignment.fit is not None
    time.sleep(SECONDS)
    fold = sleeping.fold(assignment.fit, SECONDS)
    # Written before the report, because a fit may be ended once all its folds are reported.
    _append(assignment, f"{began!r} {time.monotonic()!r} {socket.gethostname()}\n")
    report(fold)
    return ChildOutcome(folds=(fold,))


def finalize(assignment: Assignment, report: Report) -> ChildOutcome:
    """Make an empty bundle."""
    del report
    assert assignment.finalize is not None
    (_folder(assignment) / f"models/{assignment.finalize.model}").mkdir(parents=True)
    return ChildOutcome(model=sleeping.model(assignment.finalize, assignment.store))


def _append(assignment: Assignment, line: str) -> None:
    """Append a line with one write, so that lines of other processes do not mix with it."""
    descriptor = os.open(_folder(assignment) / TIMES_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def _folder(assignment: Assignment) -> Path:
    """The store's folder, on this machine or in a mounted claim."""
    # Imported here, as in the product's handlers: the agent itself does not need it.
    from automl_runner.store import open_store
    from automl_runner.store.directory import DirectoryStore

    store = open_store(assignment.store, Mounts.read(os.environ))
    assert isinstance(store, DirectoryStore)
    return store.root


if __name__ == "__main__":
    if sys.argv[1:]:
        modules = program(Mounts()).modules
        serve(sys.argv[1:], Program({"prepare": prepare, "fit": fit, "finalize": finalize}, modules))
    else:
        sys.exit(run(os.environ, (sys.executable, "-P", __file__), lambda: (sleeping.LEARNER,)))
