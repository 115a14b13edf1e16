"""Checks the rows of `evaluation.test` before the search begins, so that a wrong file is reported at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.errors import cell
from automl_model.evaluation import NO_CLASS, scorable
from automl_model.features import Features
from automl_model.labelled import TrueValues
from automl_model.scoring import score
from automl_runner.data import Sources
from automl_runner.prepare.encode import EncodedTable
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.row_hashes import row_hashes, text_hashes
from automl_runner.prepare.rows_for_test import FIELD, RowsForTest, read_rows_for_test
from automl_runner.prepare.target import Target
from automl_runner.prepared import DataNote


@dataclass(frozen=True)
class CheckedTest:
    """The number of rows that will be scored, the bytes of their texts, and notes on them."""

    rows: int = 0
    text_bytes: int = 0
    notes: tuple[DataNote, ...] = ()


def check_test(spec: ExperimentSpec, table: EncodedTable, target: Target, metric: str, sources: Sources) -> CheckedTest:
    """Read the rows of `evaluation.test` as the published model will. Raises WorkFailed where it could not score them.

    Most labels must be classes of the training data; a few others count as wrong, and a note names one of them.
    """
    if spec.evaluation.test is None:
        return CheckedTest()
    truth = TrueValues(spec.target, target.task, target.classes)
    rows = read_rows_for_test(spec, table.encoder, truth, [metric], sources, table.encoding)
    _check_labels(rows, target, spec.target)
    _check_metric(rows, target, metric)
    text_bytes = sum(column.bytes for column in rows.labelled.features.texts)
    return CheckedTest(len(rows.labelled.target), text_bytes, tuple(_notes(rows, table, target, spec.target)))


def _check_labels(rows: RowsForTest, target: Target, name: str) -> None:
    strange, every = _strange(rows, target), len(rows.labelled.target)
    if 2 * strange > every:
        known = ", ".join(cell(label) for label in target.classes[:5])
        raise data_invalid(
            f"{FIELD}: {rows.name}: {strange:,} of {every:,} rows have a label in {short(name)} that no row of the"
            f" training data has, for example {cell(rows.labelled.strange[0])}; write labels as there: {known}"
        )


def _check_metric(rows: RowsForTest, target: Target, metric: str) -> None:
    """Raise WorkFailed where the metric would be undefined even for perfect predictions."""
    values = rows.labelled.target
    perfect = np.asarray(values, float)
    if target.task != "regression":
        perfect = np.eye(len(target.classes))[np.maximum(values, 0)]
    try:
        counted, truth, outputs = scorable(metric, values, perfect, 0.5)
        score(metric, truth, outputs, None if rows.weights is None else rows.weights[counted])
    except ValueError as undefined:
        raise data_invalid(
            f"{FIELD}: {rows.name}: {undefined}; give rows on which it is defined, or choose another metric"
        ) from undefined


def _strange(rows: RowsForTest, target: Target) -> int:
    return 0 if target.task == "regression" else int((rows.labelled.target == NO_CLASS).sum())


def _notes(rows: RowsForTest, table: EncodedTable, target: Target, name: str) -> Iterator[DataNote]:
    """Notes on the test rows, without cells: those stay in the store."""
    labelled, where = rows.labelled, f"{FIELD}: {rows.name}"
    yield from (note("TestRows", f"{where}: {found.message}", found.column) for found in rows.notes)
    if missing := int((~labelled.kept).sum()):
        message = f"{where}: {missing:,} of {len(labelled.kept):,} rows have no value in the target {short(name)} and are left out"
        yield note("TestRows", message, name)
    if strange := _strange(rows, target):
        message = (
            f"{where}: {strange:,} of {len(labelled.target):,} rows have a label in {short(name)} that no row of the"
            " training data has; they count as wrong"
        )
        yield note("TestRows", message, name)
    for column in dict.fromkeys(found.column for found in labelled.about_cells):
        message = f"{where}: some cells of {short(column)} are not read as written; write them as in the training data"
        yield note("TestRows", message, column)
    if same := _repeated(labelled.features, labelled.target, table, target):
        message = (
            f"{where}: {same:,} of {len(labelled.target):,} rows equal a training row in every column and the target; if"
            " they are the same rows, take them out of one of the two files, or the test score is too good"
        )
        yield note("TestRows", message)


def _repeated(
    features: Features, labels: NDArray[np.float64] | NDArray[np.int64], table: EncodedTable, target: Target
) -> int:
    own = row_hashes([*features.numeric.T, *features.codes.T], labels, map(text_hashes, features.texts))
    known = row_hashes([*table.numeric, *table.codes], target.values, map(text_hashes, table.texts))
    return int(np.isin(own, known).sum())
