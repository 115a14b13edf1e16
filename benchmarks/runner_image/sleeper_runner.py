"""A runner whose fits only sleep, and write down when: what is left is the cost of everything around them.

Without arguments it is the agent, as `automl-runner` is; with arguments it is one of the agent's children. The zygote
imports what the product's does, because a fork costs by the size of what forks.
"""

import os
import socket
import sys
import time
from pathlib import Path

from automl_api.protocol import Assignment
from automl_api.resources.experiment_status import FinalScore
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PLAN_VERSION, Artefact, LearnerPlan, PlanSpec
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import FoldResult
from automl_runner.agent import run
from automl_runner.children import Program, Report, serve
from automl_runner.children.messages import Outcome
from automl_runner.children.work import program
from automl_runner.premises import Premises

SECONDS = float(os.environ.get("AUTOML_BENCHMARK_SECONDS", "0.1"))
DIARY = "diary"
"""The file in the store to which every fit adds a line: when it began and ended, and where."""
LEARNER = LearnerPlan(
    name="sleeper",
    space=tuple(Parameter(name=f"x{number}", type="float", low=0.0, high=1.0) for number in range(6)),
    default={f"x{number}": 0.5 for number in range(6)},
    seconds_per_fold=SECONDS,
)


def prepare(assignment: Assignment, report: Report) -> Outcome:
    """A plan with one learner and one fold."""
    del assignment, report
    nothing = Artefact(path="prepared/none", digest="sha256:" + "0" * 64)
    plan = PlanSpec(
        version=PLAN_VERSION,
        task="regression",
        metric="rmse",
        rows=1000,
        columns=6,
        folds=1,
        prepared=nothing,
        learners=(LEARNER,),
    )
    return Outcome(plan=plan)


def fit(assignment: Assignment, report: Report) -> Outcome:
    """Sleep; the score is a bowl over the parameters, so that a search has something to learn from."""
    began = time.monotonic()
    assert assignment.fit is not None
    time.sleep(SECONDS)
    score = sum((float(value) - 0.3) ** 2 for value in assignment.fit.configuration.parameters.values())
    fold = FoldResult(fold=assignment.fit.folds[0], score=score, seconds=SECONDS)
    # Before the report: a fit whose folds are all known may be ended.
    _write_down(assignment, f"{began!r} {time.monotonic()!r} {socket.gethostname()}\n")
    report(fold)
    return Outcome(folds=(fold,))


def finalize(assignment: Assignment, report: Report) -> Outcome:
    """An empty bundle."""
    del report
    assert assignment.finalize is not None
    path = f"models/{assignment.finalize.model}"
    (_folder(assignment) / path).mkdir(parents=True)
    score = FinalScore(metric="rmse", value=0.0, low=0.0, high=0.0, basis="cross-fitted")
    model = PublishedModelSpec(
        uri=f"{assignment.store.uri}/{path}",
        digest="sha256:" + "0" * 64,
        task="regression",
        target=assignment.finalize.spec.target,
        score=score,
    )
    return Outcome(model=model)


def _write_down(assignment: Assignment, line: str) -> None:
    """One write to the end of a file, which no other process of the machine can come between."""
    diary = os.open(_folder(assignment) / DIARY, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(diary, line.encode())
    os.close(diary)


def _folder(assignment: Assignment) -> Path:
    """The store's, on this machine or in a mounted claim."""
    # Imported as the product's handlers do: the agent itself needs none of it.
    from automl_runner.store import open_store
    from automl_runner.store.directory import DirectoryStore

    store = open_store(assignment.store, Premises.read(os.environ))
    assert isinstance(store, DirectoryStore)
    return store.root


if __name__ == "__main__":
    if sys.argv[1:]:
        modules = program(Premises()).modules
        serve(sys.argv[1:], Program({"prepare": prepare, "fit": fit, "finalize": finalize}, modules))
    else:
        sys.exit(run(os.environ, (sys.executable, "-P", __file__), lambda: (LEARNER.name,)))
