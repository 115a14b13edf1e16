"""AutoMLPlan: the findings of `prepare` for the search; immutable, at most 256 KiB."""

from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model, Scalar
from automl_api.metrics import Task
from automl_api.names import API_VERSION
from automl_api.resources.metadata import ObjectMeta
from automl_api.resources.search_space import Parameter

MAX_PLAN_BYTES = 256 * 1024
PLAN_VERSION = 2
"""The version that `prepare` writes; version 1 has no units and no refits."""


class Artefact(Model):
    """An artefact in the store, by its path and its sha256."""

    path: Annotated[str, Field(max_length=512)]
    """Its path below the store's root."""
    digest: Annotated[str, Field(max_length=71)]
    """sha256:HEX of its manifest."""


class Needs(Model):
    """The memory and the accelerator that a learner's fit needs."""

    memory_bytes: int = 0
    """Predicted peak memory of one fit, in the view that needs the most."""
    refit_memory_bytes: int = 0
    """The same for a refit on all rows, where it needs more."""
    accelerator: Annotated[str, Field(max_length=63)] = ""
    """The kind of accelerator; empty for none."""

    def memory_of(self, kind: str) -> int:
        """The predicted memory of a kind of work: `refit`, or any other."""
        return max(self.memory_bytes, self.refit_memory_bytes) if kind == "refit" else self.memory_bytes


class LearnerPlan(Model):
    """A learner worth trying on this data, with all that the search needs to know about it."""

    name: Annotated[str, Field(max_length=63)]
    """The learner's name."""
    views: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)] = ("plain",)
    """The views that it may be given; the default and the portfolio use the first."""
    early_views: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    """Other views that the default parameters are tried with, before the portfolio."""
    view_seconds: Annotated[dict[str, float], Field(max_length=16)] = Field(default_factory=dict)
    """Predicted seconds of one fold with the default parameters, for views that take longer than the first."""
    space: Annotated[tuple[Parameter, ...], Field(max_length=64)] = ()
    """Its search space."""
    default: Annotated[dict[str, Scalar], Field(max_length=64)] = Field(default_factory=dict)
    """Its default parameters."""
    portfolio: Annotated[tuple[dict[str, Scalar], ...], Field(max_length=64)] = ()
    """Configurations that were good on other data, best first."""
    needs: Needs = Needs()
    """The memory and the accelerator that its fit needs."""
    seconds_per_fold: float = 1.0
    """Predicted seconds of one fold with the default parameters on one core."""


class DataWarning(Model):
    """A warning about the data, and what to do about it."""

    code: Literal[
        "Leak", "Constant", "Identifier", "DuplicateColumn", "DuplicateRows", "RareClass", "Imbalance", "MissingTarget",
        "Infinite", "MixedTypes", "FewRows", "Repaired", "TestRows",
    ]  # fmt: skip
    """The kind of problem."""
    column: Annotated[str, Field(max_length=256)] = ""
    """The column that it is about; empty for none."""
    message: Annotated[str, Field(max_length=1024)]
    """The problem and what to do about it, in a sentence."""


class TargetProfile(Model):
    """The facts about the target that the search and the progress line need."""

    classes: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    """The classes in the order of every probability column; empty for regression."""
    counts: Annotated[tuple[int, ...], Field(max_length=1000)] = ()
    """Rows of each class."""
    positive_class: str | None = None
    """The positive class, where there are two; it is the last of `classes`."""


class PlanSpec(Model):
    """The findings of prepare."""

    version: int = 1
    """The version of the prepared data's format; other versions cannot be read."""
    task: Task
    """The kind of question."""
    metric: str
    """The metric to optimise."""
    rows: int
    """Rows with a target."""
    columns: int
    """Columns that features are made of."""
    target: TargetProfile = TargetProfile()
    """The target's classes."""
    folds: Annotated[int, Field(ge=1, le=20)]
    """The number of folds of a complete trial; 1 is a single validation split."""
    holdout_rows: int = 0
    """Rows kept apart for the final score."""
    trained_share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """The largest share of all rows that the model of a fold is trained on."""
    refit: bool = False
    """True when models of all rows are published: the folds were trained on under 80 % of them, or not on the newest."""
    prepared: Artefact
    """The prepared data in the store."""
    learners: Annotated[tuple[LearnerPlan, ...], Field(min_length=1, max_length=64)]
    """The learners worth trying, cheapest first."""
    finalize_seconds: float = 5.0
    """Predicted seconds of finalize; the budget reserves them."""
    warnings: Annotated[tuple[DataWarning, ...], Field(max_length=100)] = ()
    """Warnings about the data."""


class Plan(Model):
    """The findings of `prepare` about an experiment's data."""

    api_version: Literal["automl-operator.dev/v1alpha1"] = API_VERSION
    kind: Literal["AutoMLPlan"] = "AutoMLPlan"
    metadata: ObjectMeta
    spec: PlanSpec
