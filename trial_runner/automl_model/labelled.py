"""Reads labelled rows for scoring, as new rows are read for predictions: by the encoder of the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_api.metrics import Task
from automl_model.encoding import Encoder, SchemaError, class_codes, target_values
from automl_model.encoding.errors import cell
from automl_model.encoding.reading import Notes, ReadingNote
from automl_model.evaluation import NO_CLASS, notes_on_labels, notes_on_values
from automl_model.features import Features
from automl_model.tables import TableError


@dataclass(frozen=True)
class TrueValues:
    """The target column of labelled rows. `classes` is empty for regression."""

    name: str
    task: Task
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelledRows:
    """The rows that have a label, encoded. `target`: values, or class codes including NO_CLASS; shape (rows,)."""

    features: Features
    target: NDArray[Any]
    kept: NDArray[np.bool_]
    """For each row of the frame, True if it has a label."""
    strange: tuple[str, ...]
    """The first label that is no class; empty if all are classes."""
    about_labels: tuple[str, ...]
    """Messages on labels: those that are missing, those that are no classes, and the notation of numbers."""
    about_cells: tuple[ReadingNote, ...]
    """Notes on cells of other columns that are not read as written."""


def read_labelled(frame: pd.DataFrame, encoder: Encoder, truth: TrueValues, metrics: Sequence[str]) -> LabelledRows:
    """Read the target and encode the rows that have one. `metrics`: those that messages name.

    Raises SchemaError for a missing or unreadable column, and where no row has a label that is known.
    """
    if truth.name not in frame.columns:
        raise SchemaError(f'the data has no column "{truth.name}", the target; scoring needs the true values')
    try:
        target, kept, messages = _target(frame[truth.name], encoder, truth, metrics, frame)
        if not kept.any():
            raise SchemaError(f"no row has a {_wanted(truth)}; scoring needs true values")
        features, notes = encoder.read(frame[kept])
    except TableError as error:
        raise SchemaError(str(error)) from error
    strange = frame[truth.name][kept][target[kept] == NO_CLASS] if truth.classes else ()
    return LabelledRows(features, target[kept], kept, tuple(map(str, strange[:1])), tuple(messages), notes)


def _wanted(truth: TrueValues) -> str:
    if truth.task == "regression":
        return f'number in "{truth.name}"'
    known = " or ".join(map(cell, truth.classes[:2]))
    return f'value of "{truth.name}" that the model knows, such as {known}'


def _target(
    column: pd.Series, encoder: Encoder, truth: TrueValues, metrics: Sequence[str], frame: pd.DataFrame
) -> tuple[NDArray[Any], NDArray[np.bool_], list[str]]:
    """Each row's value or class code, True for rows to score, and messages; all False if no label is a class."""
    name, notes, words = truth.name, Notes(), encoder.missing_texts(frame)
    if truth.task == "regression":
        values = target_values(name, column, encoder.target, words, notes, whole=encoder.whole_target)
        return values, np.isfinite(values), _of_reading(notes) + notes_on_values(name, column, values)
    codes = class_codes(name, truth.classes, column, words, notes)
    kept = (codes >= NO_CLASS) if (codes >= 0).any() else np.zeros(len(codes), np.bool_)
    return codes, kept, _of_reading(notes) + notes_on_labels(name, column, codes, metrics)


def _of_reading(notes: Notes) -> list[str]:
    """Messages on the reading of true values; `notes_on_labels` reports missing and unknown ones."""
    return [note.message for note in notes if not note.without_value]
