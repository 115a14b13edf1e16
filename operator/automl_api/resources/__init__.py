"""The four custom resources: experiment, plan, trial and model."""

from automl_api.resources.conditions import Condition
from automl_api.resources.experiment import Experiment, ExperimentSpec
from automl_api.resources.experiment_status import ExperimentStatus
from automl_api.resources.metadata import ObjectMeta, OwnerReference
from automl_api.resources.model import PublishedModel
from automl_api.resources.plan import Plan, PlanSpec
from automl_api.resources.trial import (
    Configuration,
    FoldResult,
    RefitResult,
    RefitStatus,
    Trial,
    TrialSpec,
    TrialStatus,
)

__all__ = [
    "Condition",
    "Configuration",
    "Experiment",
    "ExperimentSpec",
    "ExperimentStatus",
    "FoldResult",
    "ObjectMeta",
    "OwnerReference",
    "Plan",
    "PlanSpec",
    "PublishedModel",
    "RefitResult",
    "RefitStatus",
    "Trial",
    "TrialSpec",
    "TrialStatus",
]
