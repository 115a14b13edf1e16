"""The real work of children: prepare, fit, refit and finalize, each imported at its first use."""

import time
from contextlib import closing

from automl_api.protocol import Assignment
from automl_model.estimators import module_of
from automl_runner.children.deadline import seconds_left
from automl_runner.children.messages import ChildOutcome
from automl_runner.children.program import Program, Report
from automl_runner.learners import available, descriptors
from automl_runner.learners.learner import Shape
from automl_runner.mounts import Mounts

_READING = ("numpy", "pandas", "pyarrow", "pyarrow.csv", "pyarrow.fs", "automl_runner.prepare")
_FITTING = (*_READING, "threadpoolctl", "automl_runner.fit")
_FINALIZE = (*_READING, "automl_runner.finalize")
_SMALL = Shape(rows=1000, numeric_columns=10, categorical_columns=4, cardinality=80, classes=2, task="binary")


def program(mounts: Mounts) -> Program:
    """The program of a runner's children.

    Prepare and the first, cheap fits need few modules, so they are forked while the others are still being imported.
    """

    def prepare(assignment: Assignment, report: Report) -> ChildOutcome:
        del report
        from automl_runner.data import Sources
        from automl_runner.prepare import prepare as run
        from automl_runner.store import open_store

        assert assignment.prepare is not None
        with closing(open_store(assignment.store, mounts)) as store:
            store.prove_writable()
            sources = Sources(mounts, assignment.store)
            return ChildOutcome(plan=run(assignment.prepare, store, assignment.attempt, sources))

    def fit(assignment: Assignment, report: Report) -> ChildOutcome:
        began = time.monotonic()
        from automl_runner.fit import fit as run
        from automl_runner.store import open_store

        assert assignment.fit is not None
        with closing(open_store(assignment.store, mounts)) as store:
            left = seconds_left(assignment, began, time.monotonic)
            return ChildOutcome(folds=run(assignment.fit, store, assignment.attempt, report, left))

    def refit(assignment: Assignment, report: Report) -> ChildOutcome:
        del report
        from automl_runner.refit import refit as run
        from automl_runner.store import open_store

        assert assignment.refit is not None
        with closing(open_store(assignment.store, mounts)) as store:
            return ChildOutcome(refit=run(assignment.refit, store, assignment.attempt))

    def finalize(assignment: Assignment, report: Report) -> ChildOutcome:
        del report
        from automl_runner.data import Sources
        from automl_runner.finalize import finalize as run
        from automl_runner.store import open_store

        assert assignment.finalize is not None
        with closing(open_store(assignment.store, mounts)) as store:
            sources = Sources(mounts, assignment.store)
            return ChildOutcome(model=run(assignment.finalize, store, assignment.attempt, sources))

    return Program(
        handlers={"prepare": prepare, "fit": fit, "refit": refit, "finalize": finalize},
        modules={"prepare": _READING, **_modules_of_fits(), "finalize": _FINALIZE},
    )


def _modules_of_fits() -> dict[str, tuple[str, ...]]:
    """The modules that each learner's fit imports, the cheapest learner first, because a search begins with it."""
    installed = [descriptor for descriptor in descriptors() if descriptor.name in available()]
    return {
        f"fit {descriptor.name}": (*_FITTING, *descriptor.modules, module_of(descriptor.estimator))
        for descriptor in sorted(installed, key=lambda descriptor: descriptor.seconds(_SMALL))
    }
