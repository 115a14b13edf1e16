"""The real work of children: prepare, fit, refit and finalize, imported when they are first asked for."""

from contextlib import closing

from automl_api.protocol import Assignment
from automl_runner.children.messages import ChildOutcome
from automl_runner.children.program import Program, Report
from automl_runner.mounts import Mounts

_READING = ("numpy", "pandas", "pyarrow", "pyarrow.csv", "pyarrow.fs", "automl_runner.prepare")
_LINEAR = (
    *_READING,
    "scipy.sparse",
    "sklearn.linear_model",
    "threadpoolctl",
    "automl_runner.fit",
    "automl_runner.learners.linear_design",
)
_LIGHTGBM = (*_LINEAR, "lightgbm")
_FINALIZE = (*_LIGHTGBM, "automl_runner.finalize")
# scikit-learn's ensembles take long to import, and few fits need them.
_TREES = (*_FINALIZE, "sklearn.ensemble")


def program(mounts: Mounts) -> Program:
    """Prepare and the first, cheap fits need few modules, and are forked while the others are still being imported."""

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
        from automl_runner.fit import fit as run
        from automl_runner.store import open_store

        assert assignment.fit is not None
        with closing(open_store(assignment.store, mounts)) as store:
            return ChildOutcome(folds=run(assignment.fit, store, assignment.attempt, report))

    def refit(assignment: Assignment, report: Report) -> ChildOutcome:
        del report
        from automl_runner.refit import refit as run
        from automl_runner.store import open_store

        assert assignment.refit is not None
        with closing(open_store(assignment.store, mounts)) as store:
            return ChildOutcome(refit=run(assignment.refit, store, assignment.attempt))

    def finalize(assignment: Assignment, report: Report) -> ChildOutcome:
        del report
        from automl_runner.finalize import finalize as run
        from automl_runner.store import open_store

        assert assignment.finalize is not None
        with closing(open_store(assignment.store, mounts)) as store:
            return ChildOutcome(model=run(assignment.finalize, store, assignment.attempt))

    return Program(
        handlers={"prepare": prepare, "fit": fit, "refit": refit, "finalize": finalize},
        modules={
            "prepare": _READING,
            "fit linear": _LINEAR,
            "fit lightgbm": _LIGHTGBM,
            "finalize": _FINALIZE,
            "fit trees": _TREES,
        },
    )
