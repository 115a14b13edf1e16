"""Results of runners that only sleep: a plan, scores that a search can learn from, and an empty model."""

from automl_api.protocol import FinalizeWork, FitWork
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.experiment_status import FinalScore
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PLAN_VERSION, Artefact, LearnerPlan, PlanSpec
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import FoldResult

LEARNER = "sleeper"
NO_DIGEST = "sha256:" + "0" * 64
_NAMES = tuple(f"x{number}" for number in range(6))


def plan(seconds: float) -> PlanSpec:
    """A plan with one learner of six parameters and one fold."""
    learner = LearnerPlan(
        name=LEARNER,
        space=tuple(Parameter(name=name, type="float", low=0.0, high=1.0) for name in _NAMES),
        default=dict.fromkeys(_NAMES, 0.5),
        seconds_per_fold=seconds,
    )
    return PlanSpec(
        version=PLAN_VERSION,
        task="regression",
        metric="rmse",
        rows=1000,
        columns=len(_NAMES),
        folds=1,
        prepared=Artefact(path="prepared/none", digest=NO_DIGEST),
        learners=(learner,),
    )


def fold(work: FitWork, seconds: float) -> FoldResult:
    """The first fold's result; its score is a quadratic function of the parameters."""
    score = sum((float(value) - 0.3) ** 2 for value in work.configuration.parameters.values())
    return FoldResult(fold=work.folds[0], score=score, seconds=seconds)


def model(work: FinalizeWork, store: StoreSpec) -> PublishedModelSpec:
    """A model without members."""
    return PublishedModelSpec(
        uri=f"{store.uri}/models/{work.model}",
        digest=NO_DIGEST,
        task="regression",
        target=work.spec.target,
        score=FinalScore(metric="rmse", value=0.0, low=0.0, high=0.0, basis="cross-fitted"),
    )
