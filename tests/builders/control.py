"""Objects and messages for tests of broker and controller, as small as they can be."""

from typing import Any

from automl_api.metrics import Task
from automl_api.names import ANNOTATION_HOLDER
from automl_api.protocol import Announcement, Assignment, Progress, Result
from automl_api.resources import (
    Configuration,
    Experiment,
    ExperimentSpec,
    FoldResult,
    ObjectMeta,
    Plan,
    PlanSpec,
    PublishedModel,
    Trial,
    TrialSpec,
)
from automl_api.resources.experiment import DataSpec, StoreSpec
from automl_api.resources.experiment_status import FinalScore
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PLAN_VERSION, Artefact, LearnerPlan
from automl_operator.search.suggester import Suggestion, SuggestRequest


def a_minimal_experiment(name: str = "churn", **spec: Any) -> Experiment:
    """A minimal experiment; `spec` are further fields of its spec."""
    data = DataSpec(uri="example:adult")
    return Experiment(metadata=ObjectMeta(name=name), spec=ExperimentSpec(data=data, target="class", **spec))


def a_minimal_plan_spec(task: Task = "binary") -> PlanSpec:
    """A plan of one learner and two folds."""
    prepared = Artefact(path="prepared/1", digest="sha256:" + "0" * 64)
    learners = (LearnerPlan(name="linear"),)
    return PlanSpec(
        version=PLAN_VERSION,
        task=task,
        metric="roc_auc",
        rows=100,
        columns=3,
        folds=2,
        prepared=prepared,
        learners=learners,
    )


def a_minimal_plan(rows: int = 100) -> Plan:
    """A stored plan."""
    return Plan(metadata=ObjectMeta(name="churn-00000"), spec=a_minimal_plan_spec().replace(rows=rows))


def a_claimed_trial(index: int = 0, holder: str = "runner", learner: str = "linear") -> Trial:
    """A trial as its claim creates it."""
    spec = TrialSpec(experiment="churn", index=index, configuration=Configuration(learner=learner))
    return Trial(metadata=ObjectMeta(name=f"churn-00000-{index}", annotations={ANNOTATION_HOLDER: holder}), spec=spec)


def a_minimal_model(uri: str = "file:/models/churn") -> PublishedModel:
    """A published model."""
    score = FinalScore(metric="roc_auc", value=0.9, low=0.8, high=0.95, basis="holdout")
    spec = PublishedModelSpec(uri=uri, digest="sha256:" + "0" * 64, task="binary", target="class", score=score)
    return PublishedModel(metadata=ObjectMeta(name="churn-00000"), spec=spec)


def an_assignment(id: str = "a1", attempt: int = 1) -> Assignment:  # noqa: A002  (the field's own name)
    """An assignment without work in it; the broker does not read that part."""
    return Assignment(id=id, attempt=attempt, experiment="churn", uid="0", store=StoreSpec(), kind="fit")


def an_announcement(slots: int = 1, **fields: Any) -> Announcement:
    """A runner's announcement."""
    return Announcement(slots=slots, **fields)


def a_progress(id: str = "a1", folds: int = 0) -> Progress:  # noqa: A002
    """The progress of an assignment with some folds finished."""
    return Progress(id=id, attempt=1, folds=tuple(FoldResult(fold=fold, score=0.9) for fold in range(folds)))


def a_result(id: str = "a1", **fields: Any) -> Result:  # noqa: A002
    """The result of an assignment that has succeeded."""
    return Result(id=id, attempt=1, **({"outcome": "succeeded"} | fields))


def a_default_suggestion(index: int = 0) -> Suggestion:
    """A configuration to try."""
    configuration = Configuration(learner="linear", parameters={"x": index})
    return Suggestion(index=index, configuration=configuration, origin="default")


def a_suggest_request(count: int = 1, next_index: int = 0) -> SuggestRequest:
    """A request for suggestions to the search."""
    return SuggestRequest(
        algorithm="random",
        seed=0,
        next_index=next_index,
        count=count,
        total_folds=2,
        learners=a_minimal_plan_spec().learners,
    )
