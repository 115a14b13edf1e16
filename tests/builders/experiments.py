"""Resources for tests of decisions: experiments, plans, trials and models, each made in one line."""

from typing import Any

from automl_api.names import ANNOTATION_HOLDER, model_name, plan_name, trial_name
from automl_api.resources import (
    Configuration,
    Experiment,
    ExperimentSpec,
    ExperimentStatus,
    FoldResult,
    ObjectMeta,
    Plan,
    PlanSpec,
    PublishedModel,
    Trial,
    TrialSpec,
    TrialStatus,
)
from automl_api.resources.experiment import BudgetSpec, DataSpec, EarlyStoppingSpec, ObjectiveSpec, StoreSpec
from automl_api.resources.experiment_status import FinalScore, UserTestScore
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PLAN_VERSION, Artefact, LearnerPlan

NAME, UID = "churn", "12345678"
STORE = StoreSpec(uri="file:///runs/churn")
MODEL_URI = f"{STORE.uri}/models/{model_name(NAME, UID)}"
BUDGET = {"time", "trials", "failed_trials", "patience"}


def an_experiment(status: ExperimentStatus | None = None, generation: int = 1, **spec: Any) -> Experiment:
    """An experiment. Its spec's fields, those of its budget, `goal` and `stopping` are all given as keywords."""
    budget = {name: spec.pop(name) for name in BUDGET & spec.keys()}
    objective = ObjectiveSpec(goal=spec.pop("goal", None))
    stopping = EarlyStoppingSpec(algorithm=spec.pop("stopping", "none"))
    return Experiment(
        metadata=ObjectMeta(name=NAME, uid=UID, generation=generation),
        spec=ExperimentSpec(
            data=DataSpec(uri="example:adult"),
            target="class",
            budget=BudgetSpec(**budget),
            objective=objective,
            early_stopping=stopping,
            **spec,
        ),
        status=status or ExperimentStatus(),
    )


def a_learner(name: str = "linear", seconds: float = 1.0, **fields: Any) -> LearnerPlan:
    """A learner of a plan that takes `seconds` for a fold."""
    return LearnerPlan(name=name, seconds_per_fold=seconds, **fields)


def a_plan_spec(folds: int = 5, learners: tuple[LearnerPlan, ...] | None = None, **fields: Any) -> PlanSpec:
    """A plan as prepare hands it in; finalize takes 5 s."""
    found: dict[str, Any] = {
        "version": PLAN_VERSION,
        "task": "binary",
        "metric": "roc_auc",
        "rows": 1000,
        "columns": 10,
        "folds": folds,
        "prepared": Artefact(path="prepared/1", digest="sha256:" + "0" * 64),
        "learners": learners or (a_learner(),),
    }
    return PlanSpec(**(found | fields))


def a_plan(folds: int = 5, learners: tuple[LearnerPlan, ...] | None = None, **fields: Any) -> Plan:
    """A stored plan."""
    return Plan(metadata=ObjectMeta(name=plan_name(NAME, UID)), spec=a_plan_spec(folds, learners, **fields))


def folds_of(*scores: float | None, seconds: float = 1.0) -> tuple[FoldResult, ...]:
    """Finished folds with these scores; None stands for a missing fold."""
    numbered = [(number, score) for number, score in enumerate(scores) if score is not None]
    return tuple(FoldResult(fold=number, score=score, seconds=seconds) for number, score in numbered)


def a_trial(
    index: int = 0,
    *scores: float | None,
    state: str = "Running",
    learner: str = "linear",
    holder: str = "r0",
    **status: Any,
) -> Trial:
    """A trial with a stored fold for each score, first held by `holder`."""
    folds = folds_of(*scores)
    score = sum(fold.score for fold in folds) / len(folds) if folds else None
    configuration = Configuration(learner=learner, parameters={"x": index})
    return Trial(
        metadata=ObjectMeta(name=trial_name(NAME, UID, index), annotations={ANNOTATION_HOLDER: holder}),
        spec=TrialSpec(experiment=NAME, index=index, configuration=configuration),
        status=TrialStatus(**({"state": state, "folds": folds, "score": score} | status)),
    )


def a_model_spec(value: float = 0.9, **fields: Any) -> PublishedModelSpec:
    """The model as finalize hands it in."""
    score = FinalScore(metric="roc_auc", value=value, low=value - 0.1, high=value + 0.1, basis="holdout")
    return PublishedModelSpec(
        uri=MODEL_URI, digest="sha256:" + "0" * 64, task="binary", target="class", score=score, **fields
    )


def a_model(**fields: Any) -> PublishedModel:
    """A published model; `fields` of its spec."""
    return PublishedModel(metadata=ObjectMeta(name=model_name(NAME, UID)), spec=a_model_spec(**fields))


def a_test_score(metric: str = "roc_auc", rows: int = 100) -> UserTestScore:
    """A score on the user's own rows."""
    return UserTestScore(metric=metric, value=0.85, low=0.8, high=0.9, rows=rows, metrics={metric: 0.85})
