"""Reads the rows of `evaluation.test` as new rows are read: when the data is prepared, to check them, and at the end.

They come from outside and may change meanwhile; nothing of them is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding import Encoder, SchemaError
from automl_model.encoding.column import column_of
from automl_model.labelled import LabelledRows, TrueValues, read_labelled
from automl_model.tables import to_frame
from automl_runner.data import Sources, load
from automl_runner.failures import WorkFailed
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.groups import read_groups
from automl_runner.prepare.notes import short
from automl_runner.prepare.row_times import read_row_times
from automl_runner.prepare.weights import drop_unweighted, notation_of_weights, read_weights
from automl_runner.prepared import DataNote

FIELD = "evaluation.test"


@dataclass(frozen=True)
class RowsForTest:
    """Labelled rows with their weights, and for each row its independent unit: its group, or its place in time."""

    name: str
    labelled: LabelledRows
    weights: NDArray[np.float64] | None
    units: NDArray[np.int64] | None
    ordered: bool
    """True where units are places in time."""
    notes: tuple[DataNote, ...]


def read_rows_for_test(
    spec: ExperimentSpec, encoder: Encoder, truth: TrueValues, metrics: Sequence[str], sources: Sources, usual: str
) -> RowsForTest:
    """Read the rows of `evaluation.test`. `usual`: the encoding of the training data.

    Raises WorkFailed, whose message names the field, as `load` does, and `program` (DataInvalid) for rows that the
    encoder of the training data cannot read.
    """
    with _naming_the_field():
        loaded = load(spec.files[-1], sources, usual)
        table, name = loaded.table, loaded.name
        _check(table, spec, name)
        words = encoder.missing_texts(table)
        notation = notation_of_weights(table, spec, words)
        table, notes = drop_unweighted(table, spec, name, notation, words)
        try:
            labelled = read_labelled(to_frame(table), encoder, truth, metrics)
        except SchemaError as error:
            raise data_invalid(f"{name}: {error}") from error
        labels = pa.array(labelled.kept)
        units, ordered = _units(table.filter(labels), spec, name, words)
        weight, weights = spec.evaluation.weight_column, None
        if weight is not None:
            column = column_of(table.column(weight).filter(labels), words)
            weights = read_weights(column, weight, name, notation).astype(np.float64)
        return RowsForTest(name, labelled, weights, units, ordered, tuple(notes))


@contextmanager
def _naming_the_field() -> Iterator[None]:
    try:
        yield
    except WorkFailed as failed:
        raise WorkFailed(failed.failure_class, failed.reason, f"{FIELD}: {failed.message}") from failed


def _check(table: pa.Table, spec: ExperimentSpec, name: str) -> None:
    if table.num_rows == 0:
        raise data_invalid(f"{name} has a header and no rows; give rows with labels, or leave {FIELD} out")
    for role, column in {"the target": spec.target, "evaluation.weightColumn": spec.evaluation.weight_column}.items():
        if column is not None and column not in table.column_names:
            raise data_invalid(
                f"{name} has no column {short(column)} ({role}).{did_you_mean(column, table.column_names)} Give a file"
                " with the columns of the training data"
            )


def _units(
    table: pa.Table, spec: ExperimentSpec, name: str, words: tuple[str, ...]
) -> tuple[NDArray[np.int64] | None, bool]:
    """The units of rows, and whether they are places in time. Without the column of groups, rows are independent."""
    time, group = spec.evaluation.time_column, spec.evaluation.group_column
    if time is not None and time in table.column_names:
        times: Any = read_row_times(column_of(table.column(time), words), time, name)[0]
        return np.unique(times, return_inverse=True)[1].astype(np.int64), True
    if group is not None and group in table.column_names:
        return read_groups(column_of(table.column(group), words), group, name), False
    return None, False
