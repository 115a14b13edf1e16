"""Assignments of fits, for tests of the runner's agent."""

from automl_api.protocol import Assignment, FitWork
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.plan import Artefact
from automl_api.resources.trial import Configuration


def a_fit(learner="sleep", *, id_="fit-0", folds=(), attempt=1, ends_in=None, timeout=None, **parameters):
    """A fit by one of the learners of `fakes/runner_program.py`."""
    if learner == "sleep":
        parameters.setdefault("seconds", 0.0)
    work = FitWork(
        trial=f"trial-{id_}",
        configuration=Configuration(learner=learner, parameters=parameters),
        folds=folds,
        prepared=Artefact(path="prepared/1", digest="sha256:" + "0" * 64),
        seed=0,
    )
    return Assignment(
        id=id_, attempt=attempt, experiment="churn", uid="uid-1", store=StoreSpec(), kind="fit", fit=work,
        ends_in_seconds=ends_in, timeout_seconds=timeout,
    )  # fmt: skip
