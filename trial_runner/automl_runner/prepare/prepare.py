"""The steps of `prepare`, from the data to the plan."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from automl_api.metrics import DEFAULT_METRIC, Task, metrics_of
from automl_api.protocol import PrepareWork
from automl_api.resources.experiment import ExperimentSpec
from automl_api.resources.plan import PlanSpec
from automl_api.uris import parse_uri
from automl_model.encoding.column import column_of
from automl_model.encoding.options import GivenKind, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.tables import categories_of, is_text_source, spelled_columns
from automl_runner.data import Sources, load
from automl_runner.data.address import display_name
from automl_runner.learners import available, descriptors
from automl_runner.prepare.check_test import check_test
from automl_runner.prepare.columns import check_names, read_roles
from automl_runner.prepare.division import divide
from automl_runner.prepare.encode import EncodedTable, encode_table
from automl_runner.prepare.errors import data_invalid, spec_invalid
from automl_runner.prepare.fold_count import holdout_rows
from automl_runner.prepare.folds import Rows
from automl_runner.prepare.leaks import leak_warnings
from automl_runner.prepare.learner_choice import choose_learners
from automl_runner.prepare.notes import assumed, bounded, short
from automl_runner.prepare.plan import make_plan
from automl_runner.prepare.profiles import examples
from automl_runner.prepare.rows import row_warnings
from automl_runner.prepare.shapes import Shapes
from automl_runner.prepare.target import Target, profile_of_target, read_target
from automl_runner.prepare.target_range import check_metric
from automl_runner.prepare.weights import drop_unweighted, notation_of_weights
from automl_runner.prepare.write import publish, write_arrays
from automl_runner.prepared import DataNote, FoldsInfo, PreparedInfo
from automl_runner.store import Store

_FEWEST_ROWS = 4


def prepare(work: PrepareWork, store: Store, attempt: int, sources: Sources | None = None) -> PlanSpec:
    """Prepare an experiment's data into the store; returns the plan. Raises WorkFailed for errors of the user."""
    spec = work.spec
    generator = np.random.default_rng(spec.search.seed)
    sources = sources or Sources(store=spec.store)
    rows, table, target, warnings = _read(spec, sources)
    if not table.columns:
        raise data_invalid(
            f"{display_name(parse_uri(spec.data.uri))} has no column to learn from; give columns that vary and are not"
            " different in every row"
        )
    metric = _choose_metric(spec.objective.metric, target.task)
    check_metric(target.values, metric, f"{display_name(parse_uri(spec.data.uri))}: the target {short(spec.target)}")
    tested = check_test(spec, table, target, metric, sources)
    warnings += [*table.warnings, *tested.notes]
    warnings += leak_warnings(table, target.values, target.task, generator)
    warnings += row_warnings(table, target, metric)

    holdout = holdout_rows(spec.evaluation.holdout, len(rows))
    shapes = Shapes(table, target, len(rows) - holdout)
    learners = choose_learners(spec.learners, shapes.of_fold(2), descriptors(), available())
    division = divide(spec, rows, learners, shapes, generator)
    warnings += division.notes

    with store.temporary_directory() as directory:
        digest = write_arrays(directory, table, target.values, rows, division.assignment, division.shared)
        folds, held = division.info(digest), division.held_rows
        info = _info(spec, table, target, metric, folds, held, bounded(warnings)).replace(
            test_rows=tested.rows, test_text_bytes=tested.text_bytes
        )
        prepared = publish(directory, info, store, attempt)
    return make_plan(info, prepared, learners, division.shape, shapes.of(len(rows)))


@dataclass(frozen=True)
class Looked:
    """The profile of each column, the target last, with the warnings about the data."""

    profiles: tuple[ColumnProfile, ...]
    warnings: tuple[DataNote, ...]
    rows: int
    encoding: str


def look_at(spec: ExperimentSpec, sources: Sources) -> Looked:
    """Read the columns as `prepare` would, without preparing. Raises WorkFailed for errors of the user."""
    rows, table, _, warnings = _read(spec, sources)
    return Looked(tuple(table.profiles), bounded([*warnings, *table.warnings]), len(rows), table.encoding)


def _info(
    spec: ExperimentSpec,
    table: EncodedTable,
    target: Target,
    metric: str,
    folds: FoldsInfo,
    holdout: int,
    warnings: tuple[DataNote, ...],
) -> PreparedInfo:
    encoder = table.encoder
    return PreparedInfo(
        task=target.task,
        metric=metric,
        target=spec.target,
        original_type=target.original_type,
        classes=target.classes,
        counts=target.counts,
        positive_class=target.positive_class,
        encoder=encoder.state(),
        signature=encoder.columns,
        encoding=table.encoding,
        folds=folds,
        holdout_rows=holdout,
        rows=len(target.values),
        columns=len(table.columns),
        warnings=warnings,
        profiles=tuple(table.profiles),
    )


def _read(spec: ExperimentSpec, sources: Sources) -> tuple[Rows, EncodedTable, Target, list[DataNote]]:
    """Read and encode the data. The original table is freed when this returns."""
    loaded = load(spec.data, sources)
    table, name, encoding = loaded.table, loaded.name, loaded.encoding
    del loaded
    check_names(table, spec, name)
    _check_rows(table, name)
    options = _reading_options(spec, table)
    notation = notation_of_weights(table, spec, options.missing_texts)
    table, weight_notes = drop_unweighted(table, spec, name, notation, options.missing_texts)
    cells = table.column(spec.target)
    target = read_target(column_of(cells, options.missing_texts), spec, name, options)
    if not target.present.all():
        table = table.filter(pa.array(target.present))
    _check_enough(target, name, spec)
    roles = read_roles(table, spec, name, notation, options)
    read_as = profile_of_target(target, spec.target, examples(cells, target.present))
    del table, cells
    encoded = encode_table(roles.features, target.notation, options)
    encoded.profiles += [*roles.profiles, read_as]
    encoded.encoding, encoded.whole_target = encoding.codec, target.whole
    rows = Rows(target.values, target.task != "regression", roles.groups, roles.times, roles.weights)
    return rows, encoded, target, [*assumed(encoding, name), *weight_notes, *target.warnings, *roles.warnings]


def _check_rows(table: pa.Table, name: str) -> None:
    if table.num_columns < 2:
        raise data_invalid(
            f"{name} has one column only; give the target and columns to predict it from, separated by , ; tab or |"
        )
    if table.num_rows < 2:
        rows = "a single row" if table.num_rows else "a header and no rows"
        raise data_invalid(f"{name} has {rows}; give a table with at least {_FEWEST_ROWS} rows")


def _check_enough(target: Target, name: str, spec: ExperimentSpec) -> None:
    if len(target.values) < _FEWEST_ROWS:
        needed = "a target and a weight above 0" if spec.evaluation.weight_column else "a target"
        raise data_invalid(f"{name} has {len(target.values)} rows with {needed}; give at least {_FEWEST_ROWS}")
    if target.task != "regression" and sum(count > 1 for count in target.counts) < 2:
        raise data_invalid(
            f"{name}: fewer than two classes of the target have two rows or more; give more rows of each class"
        )


def _choose_metric(asked: str, task: Task) -> str:
    """The metric that is asked for, or the default of the task. Raises WorkFailed where it does not fit the task."""
    if asked == "auto":
        return DEFAULT_METRIC[task]
    fitting = metrics_of(task)
    if asked not in fitting:
        raise spec_invalid(f'the metric "{asked}" does not fit a {task} target; one of {", ".join(fitting)} does')
    return asked


def _reading_options(spec: ExperimentSpec, table: pa.Table) -> ReadingOptions:
    """The options for reading the table, from the spec, the file's format, and the columns' own types."""
    columns: dict[str, GivenKind] = {column.name: column.type for column in spec.data.columns}
    return ReadingOptions(
        columns, spec.data.missing_values, is_text_source(table), categories_of(table), spelled_columns(table)
    )
