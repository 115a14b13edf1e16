"""Reads the target: its task, its classes and their order.

Rules of `task: auto`: texts and booleans are classes; two distinct values are two classes; numbers with fractions
make a regression; whole numbers are classes when there are at most 20 of them, in 10 rows each on average. Classes
are spelled as they came, and predictions are given in the target's own type.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_api.did_you_mean import did_you_mean
from automl_api.metrics import Task
from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.column import Column
from automl_model.encoding.errors import cell
from automl_model.encoding.labels import LabelType, label_type, type_of_texts
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.options import TYPED, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import time_format
from automl_runner.failures import WorkFailed
from automl_runner.prepare.errors import data_invalid, spec_invalid
from automl_runner.prepare.notes import short
from automl_runner.prepare.numbers import Numbers, numbers_of
from automl_runner.prepare.target_notes import about_labels, about_numbers, about_rows, about_texts, came_as_no_texts
from automl_runner.prepare.target_range import check_finite, check_range
from automl_runner.prepare.unusable import KINDS, what_it_holds
from automl_runner.prepared import DataNote

MOST_CLASSES = 1000
_MOST_WHOLE_CLASSES = 20
_ROWS_A_CLASS = 10


@dataclass(frozen=True)
class Target:
    """`present`: the rows of the file with a target; `values`: the targets of these, float64 or int32 class codes."""

    task: Task
    present: NDArray[np.bool_]
    values: NDArray[np.float64] | NDArray[np.int32]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    original_type: LabelType
    warnings: tuple[DataNote, ...] = ()
    notation: Notation = PLAIN
    """The notation of its numbers."""
    whole: bool = False
    """True when all values are whole numbers."""

    @property
    def positive_class(self) -> str | None:
        """The last of two classes; None for other tasks."""
        return self.classes[-1] if self.task == "binary" else None


@dataclass(frozen=True)
class _Labels:
    """A row's label is `names[code]`; a missing one has code -1. `values`: the names as numbers, if all are numbers."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    values: NDArray[np.float64] | None
    kind: LabelType


def read_target(column: Column, spec: ExperimentSpec, name: str, options: ReadingOptions = TYPED) -> Target:
    """The target of a file `name`. Raises WorkFailed: all missing, constant, or not what the spec asks for."""
    where = f"{name}: the target {short(spec.target)}"
    numbers = _numbers(column, spec, where, options)
    if numbers is not None:
        check_finite(numbers.values, where)
    task = _task(column, numbers, spec, where, options)
    if task == "regression":
        assert numbers is not None
        return _regression(column, numbers, spec, where, options)
    labels = _labels(column, numbers, options)
    _check_classes(labels, task, spec, where, _missing_hint(column))
    task = task or ("binary" if len(labels.names) == 2 else "multiclass")
    present = labels.codes >= 0
    order = _order(labels, spec.positive_class if task == "binary" else None, task, where)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    values = place[labels.codes[present]]
    classes = tuple(labels.names[index] for index in order)
    counts = tuple(int(count) for count in np.bincount(values, minlength=len(classes)))
    notes = [*about_rows(present, column, spec.target), *about_labels(column, numbers, spec.target)]
    if column.texts and numbers is None and not _categories(column, spec, options):
        found = numbers_of(column.texts)
        if found is None or _is_regression(column, found):
            notes += about_texts(column.texts, found, spec.target)
    if column.texts and spec.target in options.spelled:
        notes.append(came_as_no_texts(column.texts, spec.target))
    return Target(task, present, values, classes, counts, labels.kind, tuple(notes))


def profile_of_target(target: Target, name: str, examples: tuple[str, ...]) -> ColumnProfile:
    """The profile of the target."""
    numeric = target.task == "regression"
    return ColumnProfile(
        name=name,
        kind="numeric" if numeric else "categorical",
        reason=f"it is the target, of a {target.task} question",
        examples=examples,
        missing=int(len(target.present) - target.present.sum()),
    )


def _numbers(column: Column, spec: ExperimentSpec, where: str, options: ReadingOptions) -> Numbers | None:
    """The target as numbers; None where it must not be read as numbers."""
    given = options.columns.get(spec.target)
    if given in ("boolean", "datetime", "text", "ignore"):
        raise spec_invalid(f"{where} is {given} by data.columns; say numeric or categorical there, or nothing")
    categories = _categories(column, spec, options)
    dates = not categories and column.texts is not None and bool(time_format(column.texts))
    if column.source in ("time", "other") or dates:
        hint = "; where they are classes, say categorical in data.columns" if dates else ""
        what = what_it_holds(column) if column.source == "other" else KINDS["time"]
        raise data_invalid(f"{where} holds {what}; give a column of numbers or classes as target{hint}")
    if column.empty:
        raise data_invalid(f"{where} has no value in any row; give another column as target{_missing_hint(column)}")
    if categories:
        return None
    found = None if column.source == "boolean" else numbers_of(column.texts) if column.texts else Numbers.typed(column)
    if found is None and given == "numeric":
        raise spec_invalid(
            f"{where} holds {_no_numbers(column)}, and data.columns says numeric{_first_text(column)}; mend it, or say"
            " categorical there"
        )
    if found is None or given == "numeric" or spec.task == "regression":
        return found
    return None if found.like_codes else found


def _categories(column: Column, spec: ExperimentSpec, options: ReadingOptions) -> str:
    """The declaration that makes the values classes, whatever they look like; empty if there is none."""
    given = options.columns.get(spec.target)
    if given == "categorical":
        return "data.columns"
    typed = column.category or spec.target in options.categories
    return "its own type" if typed and given is None else ""


def _no_numbers(column: Column) -> str:
    return KINDS["boolean"] if column.source == "boolean" else "texts"


def _task(
    column: Column, numbers: Numbers | None, spec: ExperimentSpec, where: str, options: ReadingOptions
) -> Task | None:
    """The task that the spec asks for, else the one that fits the values; None for classes, however many."""
    if spec.task == "regression" and numbers is None:
        raise _no_regression(column, spec, where, options)
    if spec.task != "auto":
        return spec.task
    if numbers is None:
        return None
    if options.columns.get(spec.target) == "numeric":
        return "regression"
    return "regression" if _is_regression(column, numbers) else None


def _no_regression(column: Column, spec: ExperimentSpec, where: str, options: ReadingOptions) -> WorkFailed:
    why, remedy = f"holds {_no_numbers(column)}", "set task: auto, or another target"
    if by := _categories(column, spec, options):
        place = "there" if by == "data.columns" else "in data.columns"
        why, remedy = f"is categorical by {by}", f"say numeric {place}, or set task: auto"
    return spec_invalid(f"{where} {why}, and regression needs numbers{_first_text(column)}; {remedy}")


def _is_regression(column: Column, numbers: Numbers) -> bool:
    """True when numbers are values rather than classes: more than two, with fractions or too many for their rows."""
    exact = numbers.integers if numbers.integers is not None else numbers.values
    found = exact[np.isfinite(numbers.values)]
    distinct = len(np.unique(found)) if column.texts is None else _distinct_texts(column.texts, numbers)
    if distinct <= 2:
        return False
    few = distinct <= _MOST_WHOLE_CLASSES and distinct * _ROWS_A_CLASS <= len(found)
    return not (few and bool((numbers.values == np.floor(numbers.values))[np.isfinite(numbers.values)].all()))


def _distinct_texts(texts: Texts, numbers: Numbers) -> int:
    assert numbers.of_uniques is not None
    return int((texts.there & np.isfinite(numbers.of_uniques) & ~numbers.respelled).sum())


def _regression(column: Column, numbers: Numbers, spec: ExperimentSpec, where: str, options: ReadingOptions) -> Target:
    present = np.isfinite(numbers.values)
    values = numbers.values[present]
    if not len(values):
        raise data_invalid(f"{where} has no finite number in any row; give another column as target")
    check_range(values, where)
    if (values == values[0]).all():
        raise data_invalid(f"{where} has the same value in {_every_row(present)}; give a column that varies")
    if spec.positive_class is not None:
        raise spec_invalid(f"{where} is a regression target; positiveClass is for two classes; leave it out")
    notes = (
        *about_rows(present, column, spec.target),
        *about_numbers(column, numbers, spec.target, text_source=options.text_source),
    )
    return Target("regression", present, values, (), (), "float64", notes, numbers.notation, numbers.whole)


def _labels(column: Column, numbers: Numbers | None, options: ReadingOptions) -> _Labels:
    texts = column.spelled
    left = texts.placeholder if numbers is not None and column.texts else texts.missing
    kept = np.flatnonzero((texts.counts > 0) & ~left)
    places = np.full(len(texts.uniques), -1, np.int64)
    places[kept] = np.arange(len(kept))
    names = tuple(texts.original(int(place)) for place in kept)
    values = None
    if column.texts is None:
        kind = label_type(column.exact.type) if column.exact is not None else "float64"
        values = None if kind == "bool" else np.asarray([float(name) for name in names])
    else:
        kind = type_of_texts(names) if options.text_source else "string"
        of_names = texts.numbers[kept]
        values = of_names if len(kept) and np.isfinite(of_names).all() else None
    return _Labels(texts.spread(places, -1), names, values, kind)


def _check_classes(labels: _Labels, task: Task | None, spec: ExperimentSpec, where: str, hint: str) -> None:
    distinct = len(labels.names)
    if distinct == 0:
        raise data_invalid(f"{where} has no finite value in any row; give another column as target{hint}")
    if distinct == 1:
        same = "has one class only" if hint else f"has the same value in {_every_row(labels.codes >= 0)}"
        raise data_invalid(f"{where} {same}; give a column that varies{hint}")
    if distinct > MOST_CLASSES:
        raise data_invalid(
            f"{where} has {distinct:,} classes, and at most {MOST_CLASSES:,} are allowed; is it an identifier or free"
            " text?"
        )
    if task == "binary" and distinct != 2:
        raise spec_invalid(f"{where} has {distinct:,} classes, and binary means two; set task: auto or multiclass")
    if task == "multiclass" and distinct == 2:
        raise spec_invalid(f"{where} has two classes; set task: auto or binary")
    if distinct > 2 and spec.positive_class is not None:
        raise spec_invalid(f"{where} is a multiclass target; positiveClass is for two classes; leave it out")


def _every_row(present: NDArray[np.bool_]) -> str:
    return "every row" if present.all() else "every row that has one"


def _missing_hint(column: Column) -> str:
    """The addition to a message if words of the target were read as missing; else empty."""
    if column.texts is None:
        return ""
    read = (column.texts.counts > 0) & column.texts.missing & ~column.texts.among(("",))
    if not read.any():
        return ""
    rows = int(column.texts.counts[read].sum())
    return (
        f": {cell(column.texts.first(read))} is read as missing, in {rows:,} rows;"
        " set data.missingValues if it is a value"
    )


def _first_text(column: Column) -> str:
    if column.texts is None:
        return ""
    unread = column.texts.there & ~column.texts.is_number
    return f", for example {cell(column.texts.first(unread))}" if unread.any() else ""


def _order(labels: _Labels, positive: str | None, task: Task, where: str) -> list[int]:
    """The order of the classes: by value or by text. Of two classes the positive or else the rarer one is last."""
    names, values = labels.names, labels.values
    order = sorted(range(len(names)), key=lambda index: (0.0 if values is None else float(values[index]), names[index]))
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
    name = name.strip()
    try:
        return name == given.strip() or float(name) == float(given)
    except ValueError:
        return name.casefold() == given.strip().casefold()
