"""The target: what kind of question it makes, its classes and their order.

Rules of `task: auto`: texts and booleans are classes; two distinct values are two classes; numbers with fractions
make a regression; whole numbers are classes when there are at most 20 of them, in 10 rows each on average.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import Task
from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, Notation, notation_of, read_numbers, undecided
from automl_model.encoding.times import time_format
from automl_model.encoding.words import did_you_mean
from automl_runner.prepare.errors import data_invalid, spec_invalid
from automl_runner.prepare.notes import note, short, undecided_thousands
from automl_runner.prepared import DataNote

OriginalType = Literal["int", "float", "bool", "string"]
MOST_CLASSES = 1000
_MOST_WHOLE_CLASSES = 20
_ROWS_A_CLASS = 10


@dataclass(frozen=True)
class Target:
    """`present`: rows with a target, over all rows of the file; `values`: of those rows, float64 or int32 class codes."""

    task: Task
    present: NDArray[np.bool_]
    values: NDArray[np.float64] | NDArray[np.int32]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    original_type: OriginalType
    warnings: tuple[DataNote, ...] = ()
    notation: Notation = PLAIN
    """How its numbers are written."""

    @property
    def positive_class(self) -> str | None:
        """Of two classes the last."""
        return self.classes[-1] if self.task == "binary" else None


@dataclass(frozen=True)
class _Labels:
    """A row's label is `names[codes]`, -1 where missing; `numbers` are the names' values where all of them are numbers."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    numbers: NDArray[np.float64] | None
    original_type: OriginalType
    notation: Notation = PLAIN


def read_target(column: Column, spec: ExperimentSpec, name: str) -> Target:
    """The target of a file `name`. Raises WorkFailed: all missing, constant, or not what the question asks."""
    where = f"{name}: the target {short(spec.target)}"
    if column.source in ("time", "other") or (column.texts and time_format(column.texts)):
        raise data_invalid(f"{where} holds dates or lists; give a column of numbers or classes as target")
    labels = _labels(column)
    if not labels.names:
        raise data_invalid(f"{where} has no value in any row; give another column as target")
    if len(labels.names) == 1:
        raise data_invalid(f"{where} has the same value in every row; give a column that varies")
    task = _task(labels, spec, where)
    if task != "binary" and spec.positive_class is not None:
        raise spec_invalid(f"{where} is a {task} target; positiveClass is for two classes, leave it out")
    present = labels.codes >= 0
    said = _said(present, column, spec.target, labels.notation)
    notation = labels.notation
    if task == "regression":
        assert labels.numbers is not None
        return Target(
            task, present, labels.numbers[labels.codes[present]], (), (), labels.original_type, said, notation
        )
    order = _order(labels, spec.positive_class if task == "binary" else None, task, where)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    values = place[labels.codes[present]]
    classes = tuple(labels.names[index] for index in order)
    counts = tuple(int(count) for count in np.bincount(values, minlength=len(classes)))
    return Target(task, present, values, classes, counts, labels.original_type, said, notation)


def _said(present: NDArray[np.bool_], column: Column, target: str, notation: Notation) -> tuple[DataNote, ...]:
    said: list[DataNote] = []
    if dropped := len(column) - int(present.sum()):
        message = f"{dropped:,} of {len(column):,} rows have no value in the target {short(target)} and are left out"
        said.append(note("MissingTarget", message, target))
    if notation != PLAIN:
        said.append(note("Repaired", f"the target {short(target)} is read as numbers with {notation}", target))
    if column.texts and undecided(column.texts, notation):
        said.append(undecided_thousands(target))
    return tuple(said)


def _labels(column: Column) -> _Labels:
    if column.texts is None:
        return _labels_of_values(column)
    texts = column.texts
    kept = np.flatnonzero((texts.counts > 0) & ~texts.missing)
    if notation := notation_of(texts):
        return replace(
            _labels_of_values(Column("number", texts.spread(read_numbers(texts, notation), np.nan))), notation=notation
        )
    places = np.full(len(texts.uniques), -1, np.int64)
    places[kept] = np.arange(len(kept))
    return _Labels(texts.spread(places, -1), tuple(texts.uniques.take(kept).to_pylist()), None, "string")


def _labels_of_values(column: Column) -> _Labels:
    finite = np.isfinite(column.values)
    uniques, inverse = np.unique(column.values[finite], return_inverse=True)
    codes = np.full(len(column), -1, np.int64)
    codes[finite] = inverse
    whole = bool((uniques == np.floor(uniques)).all())
    if column.source == "boolean":
        return _Labels(codes, tuple(str(bool(value)) for value in uniques), uniques, "bool")
    names = tuple(str(int(value)) if whole else repr(float(value)) for value in uniques)
    return _Labels(codes, names, uniques, "int" if whole else "float")


def _task(labels: _Labels, spec: ExperimentSpec, where: str) -> Task:
    distinct, given = len(labels.names), spec.task
    task = _inferred(labels) if given == "auto" else given
    if task == "regression":
        if labels.numbers is None or labels.original_type == "bool":
            raise spec_invalid(f"{where} holds texts, and regression needs numbers; set task: auto, or another target")
    elif distinct > MOST_CLASSES:
        raise data_invalid(
            f"{where} has {distinct:,} classes, {MOST_CLASSES:,} at most; is it an identifier or free text?"
        )
    elif task == "binary" and distinct != 2:
        raise spec_invalid(f"{where} has {distinct:,} classes, and binary means two; set task: auto or multiclass")
    elif task == "multiclass" and distinct == 2:
        raise spec_invalid(f"{where} has two classes; set task: auto or binary")
    return task


def _inferred(labels: _Labels) -> Task:
    distinct = len(labels.names)
    if distinct == 2:
        return "binary"
    if labels.numbers is None:
        return "multiclass"
    rows = int((labels.codes >= 0).sum())
    few = distinct <= _MOST_WHOLE_CLASSES and distinct * _ROWS_A_CLASS <= rows
    return "multiclass" if labels.original_type == "int" and few else "regression"


def _order(labels: _Labels, positive: str | None, task: Task, where: str) -> list[int]:
    """Numbers by value, texts by text; of two classes the positive one, or else the rarer one, last."""
    by_name = labels.numbers is None
    order = (
        sorted(range(len(labels.names)), key=lambda index: labels.names[index])
        if by_name
        else list(range(len(labels.names)))
    )
    if task != "binary":
        return order
    if positive is None:
        counts = np.bincount(labels.codes[labels.codes >= 0], minlength=2)
        return sorted(order, key=lambda index: -int(counts[index]))
    found = [index for index in order if _same(labels.names[index], positive)]
    if not found:
        known = " and ".join(f'"{labels.names[index]}"' for index in order)
        raise spec_invalid(
            f'{where} has no class "{positive}".{did_you_mean(positive, labels.names)} Its classes are {known}'
        )
    return sorted(order, key=lambda index: index == found[0])


def _same(name: str, given: str) -> bool:
    """`positiveClass: "1.0"` means the class 1, and `"true"` the class True."""
    try:
        return name == given.strip() or float(name) == float(given)
    except ValueError:
        return name.casefold() == given.strip().casefold()
