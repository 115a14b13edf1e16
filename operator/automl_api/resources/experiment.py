"""AutoMLExperiment: the question, its budget, its answer."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from automl_api.base import Model
from automl_api.encodings import ENCODING_PATTERN
from automl_api.metrics import MetricName
from automl_api.names import API_VERSION
from automl_api.quantities import DURATION_PATTERN
from automl_api.resources.experiment_status import ExperimentStatus
from automl_api.resources.metadata import ObjectMeta
from automl_api.schemes import CLUSTER_STORE_FORMS, DATA_FORMS, SECRET_TEXT, uri_pattern

ColumnName = Annotated[str, Field(min_length=1, max_length=256)]
MissingWord = Annotated[str, Field(max_length=64)]
LearnerName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z][a-z0-9_]*$")]
SecretName = Annotated[str, Field(min_length=1, max_length=253)]


class SecretReference(Model):
    """A Secret in the experiment's namespace."""

    name: Annotated[SecretName, Field(description=f"The name of the Secret, which has the keys {SECRET_TEXT}.")]


class ColumnSpec(Model):
    """A column's type, where the detected one is wrong."""

    name: ColumnName
    """The column's name."""
    type: Literal["numeric", "categorical", "boolean", "datetime", "text", "ignore"]
    """The type that it is read as; ignore leaves it out. A target is numeric or categorical."""


class FileSpec(Model):
    """The place of labelled rows, and the way to read their file."""

    uri: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1024,
            pattern=uri_pattern("data"),
            description=f"The file with the rows: {DATA_FORMS}.",
        ),
    ]
    format: Literal["auto", "csv", "parquet", "arrow", "jsonl"] = "auto"
    """The file's format; auto follows from its name and its first bytes."""
    encoding: Annotated[str, Field(max_length=40, pattern=ENCODING_PATTERN)] | None = None
    """The encoding of a csv or json lines file, for example cp1250 or iso8859-15; by default it is detected."""
    secret_ref: SecretReference | None = None
    """The Secret with the credentials for the file, where they differ from the store's."""


class DataSpec(FileSpec):
    """The place of the labelled data, and the way to read it."""

    columns: Annotated[tuple[ColumnSpec, ...], Field(max_length=1000)] = ()
    """The types of some columns; the others are detected, as `automl inspect` shows."""
    missing_values: Annotated[tuple[MissingWord, ...], Field(max_length=100)] | None = None
    """Texts that mean a missing value, in every column; by default pandas' texts for csv files, such as NA and null."""
    ignore_columns: Annotated[tuple[ColumnName, ...], Field(max_length=1000)] = ()
    """Columns to leave out, for example identifiers and values that are only known after the fact."""
    secret_ref: SecretReference | None = None
    """The Secret with the credentials for the data, where they differ from the store's."""


class UserTestData(FileSpec):
    """Labelled rows that are never trained on. The published model is scored on them, once."""

    secret_ref: SecretReference | None = None
    """The Secret with the credentials for these rows, where they differ from the data's."""


class ObjectiveSpec(Model):
    """The metric to optimise, and the score at which to stop."""

    metric: MetricName = "auto"
    """The metric; auto is roc_auc for two classes, log_loss for more, rmse for numbers. The direction follows from it."""
    goal: FiniteFloat | None = None
    """Stop as soon as a trial reaches this score."""


class BudgetSpec(Model):
    """The limits of the search: time, trials and failures."""

    time: Annotated[str, Field(min_length=2, max_length=20, pattern=DURATION_PATTERN)] = "1h"
    """Time from the first work to the published model, for example 2m or 1h30m; waiting for nodes does not count."""
    trials: Annotated[int, Field(ge=1, le=10_000)] = 200
    """The most configurations to try."""
    failed_trials: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Stop after this many trials that failed because of their configuration."""
    patience: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Stop after this many trials without a better score, counted once the default of every learner has been tried."""


class SearchSpec(Model):
    """The algorithm that chooses configurations, and its seed."""

    algorithm: Literal["bayesian", "random", "grid"] = "bayesian"
    """bayesian learns from the scores so far; random draws independently; grid tries all points of a grid."""
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 0
    """The same seed proposes the same configurations for the same scores."""


class EarlyStoppingSpec(Model):
    """The rule that ends hopeless trials early."""

    algorithm: Literal["auto", "median", "none"] = "auto"
    """median stops a trial whose score on the folds so far is worse than the median of the others'; auto means median."""


class LearnersSpec(Model):
    """The learners to try."""

    include: Annotated[tuple[LearnerName, ...], Field(max_length=64)] = ()
    """Try only these learners; empty means all that fit the data and the pools."""
    exclude: Annotated[tuple[LearnerName, ...], Field(max_length=64)] = ()
    """Leave out these learners."""


class PoolReference(Model):
    """A pool of nodes that the platform's administrator has set up."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    """The pool's name."""


class EvaluationSpec(Model):
    """The folds and the holdout on which models are scored and compared."""

    folds: Annotated[int, Field(ge=2, le=20)] | Literal["auto"] = "auto"
    """The number of cross-validation folds (2 to 20); auto follows from rows, budget and predicted cost."""
    holdout: Annotated[str, Field(max_length=4, pattern=r"^(auto|none|[1-9]%|[1-4][0-9]%|50%)$")] = "auto"
    """Rows kept apart for the final score: auto where it is cheap, none, or a percentage from 1% to 50%."""
    group_column: ColumnName | None = None
    """Rows with the same value in this column stay in the same fold (a patient, a customer)."""
    time_column: ColumnName | None = None
    """Train on earlier rows and validate on later ones, in the order of this column."""
    weight_column: ColumnName | None = None
    """The weight of each row in training and in the score."""
    test: UserTestData | None = None
    """Labelled rows of your own, with the data's columns. They are never trained on; `status.testScore` has the score."""


class StoreSpec(Model):
    """The store for prepared data, predictions and models."""

    uri: Annotated[
        Annotated[str, Field(max_length=1024, pattern=uri_pattern("store"))] | None,
        Field(
            description=f"The store's address: {CLUSTER_STORE_FORMS}; by default the platform's store, or else a new "
            "volume claim."
        ),
    ] = None
    endpoint: Annotated[str, Field(max_length=1024)] = ""
    """The address of an S3 server other than AWS."""
    region: Annotated[str, Field(max_length=63)] = ""
    """The bucket's region."""
    secret_ref: SecretReference | None = None
    """The Secret with the credentials for the store."""


class ExperimentSpec(Model):
    """The question. Data and target are enough; all else has defaults."""

    data: DataSpec
    """The labelled data."""
    target: ColumnName
    """The column to predict."""
    positive_class: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """The positive class, where there are two; by default the rarer one."""
    task: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    """The kind of question; auto follows from the target column."""
    objective: ObjectiveSpec = ObjectiveSpec()
    """The metric to optimise, and the score at which to stop."""
    budget: BudgetSpec = BudgetSpec()
    """The limits of the search: time, trials and failures."""
    parallelism: Annotated[int, Field(ge=1, le=1000)] = 4
    """The most assignments that may be at work at the same time."""
    search: SearchSpec = SearchSpec()
    """The algorithm that chooses configurations, and its seed."""
    early_stopping: EarlyStoppingSpec = EarlyStoppingSpec()
    """The rule that ends hopeless trials early."""
    learners: LearnersSpec = LearnersSpec()
    """The learners to try."""
    pools: Annotated[tuple[PoolReference, ...], Field(max_length=16)] = ()
    """The pools to use; empty means those without an accelerator."""
    evaluation: EvaluationSpec = EvaluationSpec()
    """The folds and the holdout on which models are scored and compared."""
    store: StoreSpec = StoreSpec()
    """The store for prepared data, predictions and models."""
    service_account_name: Annotated[str, Field(min_length=1, max_length=253)] = "default"
    """The service account of the runners, for workload identity."""
    suspend: bool = False
    """true pauses the work; nothing finished is lost."""
    stop: bool = False
    """true ends the experiment now and publishes the best model so far."""

    @property
    def files(self) -> tuple[FileSpec, ...]:
        """The files to read: the data, and the rows of `evaluation.test` with the data's Secret unless they name one."""
        test = self.evaluation.test
        if test is None:
            return (self.data,)
        return self.data, test.replace(secret_ref=test.secret_ref or self.data.secret_ref)

    @property
    def rests(self) -> bool:
        """True when no work shall be done: the experiment is suspended, and not stopped."""
        return self.suspend and not self.stop


class Experiment(Model):
    """A search for the best model for labelled data. Its status shows the progress and the result."""

    api_version: Literal["automl-operator.dev/v1alpha1"] = API_VERSION
    kind: Literal["AutoMLExperiment"] = "AutoMLExperiment"
    metadata: ObjectMeta
    spec: ExperimentSpec
    status: ExperimentStatus = ExperimentStatus()
