"""Reads the weights of rows. Rows with weight 0 are left out before anything is learned or scored."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.column import Column, column_of
from automl_model.encoding.notation import PLAIN, Notation, decimal_points, lacking_unit, notation_of, read_numbers
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notation_notes import about_notation
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.unusable import KINDS, what_it_holds, why_unusable
from automl_runner.prepared import DataNote

_REMEDY = "give every row a number, 0 to leave it out"


def notation_of_weights(table: pa.Table, spec: ExperimentSpec, words: tuple[str, ...]) -> Notation:
    """The notation of the weights, judged by all rows of a file before any row is left out."""
    weight = spec.evaluation.weight_column
    texts = None if weight is None else column_of(table.column(weight), words).texts
    return (notation_of(texts) if texts else None) or PLAIN


def drop_unweighted(
    table: pa.Table, spec: ExperimentSpec, name: str, notation: Notation, words: tuple[str, ...]
) -> tuple[pa.Table, list[DataNote]]:
    """The rows whose weight is not 0, and a note on the others. `notation`: the notation of the weights.

    Raises WorkFailed where no row is left, and where the column holds no numbers.
    """
    weight = spec.evaluation.weight_column
    if weight is None:
        return table, []
    values = _numbers(column_of(table.column(weight), words), notation, _where(weight, name))
    dropped = int((values == 0).sum())
    if dropped == len(values):
        raise data_invalid(f"{_where(weight, name)} are 0 in every row; give some rows a weight")
    if not dropped:
        return table, []
    message = f"{dropped:,} of {len(values):,} rows have the weight 0 in {short(weight)} and are left out"
    return table.filter(pa.array(values != 0)), [note("Repaired", message, weight)]


def read_weights(column: Column, weight: str, name: str, notation: Notation = PLAIN) -> NDArray[np.float32]:
    """The weights, scaled to 1 on average. Raises WorkFailed where a row has none, or a negative one."""
    where = _where(weight, name)
    values = _numbers(column, notation, where)
    if why := why_unusable(column, values, "numbers"):
        raise data_invalid(f"{where} are {why}; {_REMEDY}")
    if (values < 0).any():
        raise data_invalid(f"{where} are negative in {int((values < 0).sum()):,} rows; weights are 0 or more")
    # About 1 on average, because learners' penalties assume this scale, and never rounded to 0. They are divided by the
    # largest first, because their sum may be infinite.
    relative = values / values.max()
    scaled: NDArray[np.float32] = np.maximum(relative / relative.mean(), np.finfo(np.float32).tiny).astype(np.float32)
    return scaled


def about_weights(column: Column | None, weight: str, notation: Notation) -> Iterator[DataNote]:
    """Notes on weights that are not plain numbers, as programs write them."""
    if column is None or column.texts is None or notation == PLAIN:
        return
    yield note("Repaired", f"the weights in {short(weight)} are read as numbers with {notation}", weight)
    yield from about_notation(weight, column.texts, notation, read_numbers(column.texts, notation))


def _where(weight: str, name: str) -> str:
    return f"{name}: the weights in {short(weight)}"


def _numbers(column: Column, notation: Notation, where: str) -> NDArray[np.float64]:
    """Each row's weight; NaN where it has none, or one that is written unlike the others."""
    if column.source in KINDS:
        raise data_invalid(f"{where} are {what_it_holds(column)}; {_REMEDY}")
    if column.texts is None:
        return column.values
    numbers = read_numbers(column.texts, notation)
    unlike = decimal_points(column.texts, notation) | lacking_unit(column.texts, notation, numbers)
    return column.texts.spread(np.where(unlike, np.nan, numbers), np.nan)
