"""Reads a column as the type in data.columns, or refuses it with a cell that cannot be read as this type."""

import numpy as np

from automl_model.encoding.boolean import BooleanEncoder, pairs_in, truths
from automl_model.encoding.column import Column
from automl_model.encoding.errors import cell
from automl_model.encoding.notation import PLAIN, notation_of
from automl_model.encoding.options import GivenKind
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import read_times, time_format
from automl_runner.failures import WorkFailed
from automl_runner.prepare.column_kind import ColumnKind
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.kinds import categorical, dates_of_texts, typed_dates
from automl_runner.prepare.notes import odd_cells, short
from automl_runner.prepare.numbers import Numbers, numbers_of
from automl_runner.prepare.numeric import numeric
from automl_runner.prepare.prose import text_kind
from automl_runner.prepare.unusable import KINDS, what_it_holds

_REASON = "data.columns says so"
_OTHERS = "cells that are not"


def given_kind(name: str, column: Column, given: GivenKind) -> ColumnKind:
    """A column of a given type. Raises WorkFailed, with a cell, where it cannot have that type."""
    if given == "ignore":
        return ColumnKind(None, "data.columns says to ignore it")
    if given in ("categorical", "text"):
        if column.source in ("time", "other"):
            raise _impossible(name, given, what_it_holds(column))
        if given == "text":
            return text_kind(name, column.spelled, _REASON)
        return categorical(name, column.spelled, _REASON, asked=True)
    if given == "numeric":
        return _numeric(name, column)
    return _boolean(name, column) if given == "boolean" else _datetime(name, column)


def _numeric(name: str, column: Column) -> ColumnKind:
    if column.source in ("time", "other"):
        raise _impossible(name, "numeric", what_it_holds(column))
    numbers = Numbers.typed(column)
    if column.texts:
        read = numbers_of(column.texts, notation_of(column.texts) or PLAIN)
        assert read is not None
        numbers = read
        unread = column.texts.there & np.isnan(numbers.of_uniques) if numbers.of_uniques is not None else None
        if unread is not None and unread.any() and notation_of(column.texts) is None:
            raise _impossible(name, "numeric", _OTHERS, column.texts.first(unread))
    encoder, warnings = numeric(name, numbers)
    return ColumnKind(encoder, _REASON, tuple(warnings), numbers.odd)


def _boolean(name: str, column: Column) -> ColumnKind:
    if column.source in ("time", "other"):
        raise _impossible(name, "boolean", what_it_holds(column))
    texts = column.spelled
    truth = truths(texts) if column.source != "boolean" else np.zeros(len(texts.uniques))
    unread = texts.there & np.isnan(truth)
    if unread.any():
        raise _impossible(name, "boolean", _OTHERS, texts.first(unread))
    if (infinite := column.values[np.isinf(column.values)]).size:
        raise _impossible(name, "boolean", _OTHERS, f"{infinite[0]}")
    odd = np.asarray((texts.counts > 0) & texts.placeholder & ~texts.missing, np.bool_)
    words = pairs_in(texts) if column.texts else ()
    return ColumnKind(BooleanEncoder(name, words), _REASON, odd_cells(name, texts, odd), odd if column.texts else None)


def _datetime(name: str, column: Column) -> ColumnKind:
    if column.source == "time":
        return typed_dates(name, column, _REASON)
    if column.texts is None:
        raise _impossible(name, "datetime", what_it_holds(column) if column.source in KINDS else "numbers")
    found = time_format(column.texts)
    if not found:
        raise _impossible(name, "datetime", _OTHERS, _no_date(column.texts))
    return dates_of_texts(name, column.texts, found)


def _no_date(texts: Texts) -> str:
    """A cell that is not a date, or is not written as most dates are."""
    likely = time_format(texts, 0.0)
    unread = texts.there & np.isnan(read_times(texts, likely)) if likely else texts.there
    return texts.first(unread if unread.any() else texts.counts > 0)


def _impossible(name: str, given: str, what: str, example: str = "") -> WorkFailed:
    like = f", for example {cell(example)}" if example else ""
    return data_invalid(
        f"{short(name)} cannot be {given}, as data.columns says: it holds {what}{like}; mend them, or give another type"
    )
