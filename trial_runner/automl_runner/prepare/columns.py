"""Finds and checks the columns that the spec names, and takes columns with another role out of the features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.column import Column, column_of
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.options import TYPED, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.tables import pandas_facts
from automl_runner.prepare.errors import data_invalid, spec_invalid
from automl_runner.prepare.groups import about_groups, read_groups
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.profiles import apart
from automl_runner.prepare.row_times import read_row_times
from automl_runner.prepare.weights import about_weights, read_weights
from automl_runner.prepared import DataNote


@dataclass(frozen=True)
class Roles:
    """Columns by their role; `features` by name, in the order of the file."""

    features: dict[str, Any]
    weights: NDArray[np.float32] | None
    groups: NDArray[np.int64] | None
    times: NDArray[np.float64] | None
    warnings: tuple[DataNote, ...] = ()
    profiles: tuple[ColumnProfile, ...] = ()
    """The profiles of the columns that are not features."""


def check_names(table: pa.Table, spec: ExperimentSpec, name: str) -> None:
    """Raise WorkFailed where the spec names a column that the file does not have, or one column for two roles."""
    evaluation = spec.evaluation
    roles = {
        "target": spec.target,
        "evaluation.groupColumn": evaluation.group_column,
        "evaluation.timeColumn": evaluation.time_column,
        "evaluation.weightColumn": evaluation.weight_column,
    }
    _check_there(spec.target, "", table, name)
    named = [("data.ignoreColumns", column) for column in spec.data.ignore_columns]
    named += [("data.columns", column.name) for column in spec.data.columns]
    for role, column in [*roles.items(), *named]:
        if column is not None:
            _check_there(column, f" ({role})", table, name)
    for role, column in roles.items():
        if role != "target" and column == spec.target:
            raise spec_invalid(
                f"{role} and the target are both {short(spec.target)}; give another column for one of them"
            )
    for given in spec.data.columns:
        if given.name in spec.data.ignore_columns and given.type != "ignore":
            raise spec_invalid(
                f"{short(given.name)} is {given.type} by data.columns and ignored by data.ignoreColumns; take it out of"
                " one"
            )
    _check_features(spec)
    if spec.target in spec.data.ignore_columns:
        raise spec_invalid(f"data.ignoreColumns holds the target {short(spec.target)}; take it out")


def _check_features(spec: ExperimentSpec) -> None:
    """Raise WorkFailed where data.columns gives a type to a column that is not a feature."""
    evaluation = spec.evaluation
    roles = {
        "groupColumn": (evaluation.group_column, ("ignore",)),
        "weightColumn": (evaluation.weight_column, ("ignore", "numeric")),
    }
    for given in spec.data.columns:
        for role, (column, types) in roles.items():
            if given.name == column and given.type not in types:
                raise spec_invalid(
                    f"{short(given.name)} is evaluation.{role} and therefore not a feature, but data.columns says"
                    f" that it is {given.type}; take it out of one of the two"
                )


def read_roles(
    table: pa.Table, spec: ExperimentSpec, name: str, notation: Notation = PLAIN, options: ReadingOptions = TYPED
) -> Roles:
    """Split a table of checked names into features, weights, groups and times. `notation`: how weights are written.

    Groups and weights are not features, because new rows come from other groups and have no weight. Raises WorkFailed
    for weights, groups or times that cannot be read.
    """
    evaluation = spec.evaluation

    def column(role: str | None) -> Column | None:
        return None if role is None else column_of(table.column(role), options.missing_texts)

    weights, groups, times = map(column, (evaluation.weight_column, evaluation.group_column, evaluation.time_column))
    named = {spec.target, evaluation.time_column, *(column.name for column in spec.data.columns)}
    indexes = {index: reason for index, reason in _indexes(table).items() if index not in named}
    apart_for = {**indexes, **_reasons(spec)}
    read, time_notes = (None, []) if times is None else read_row_times(times, str(evaluation.time_column), name)
    return Roles(
        {feature: table.column(feature) for feature in table.column_names if feature not in {spec.target, *apart_for}},
        None if weights is None else read_weights(weights, str(evaluation.weight_column), name, notation),
        None if groups is None else read_groups(groups, str(evaluation.group_column), name),
        read,
        (
            *(
                note("Identifier", f"{short(index)} {reason} and is left out", index)
                for index, reason in indexes.items()
                if index not in _reasons(spec)
            ),
            *about_groups(groups, str(evaluation.group_column)),
            *about_weights(weights, str(evaluation.weight_column), notation),
            *time_notes,
        ),
        tuple(
            apart(other, table.column(other), reason, options.missing_texts)
            for other, reason in apart_for.items()
            if other in table.column_names
        ),
    )


def _reasons(spec: ExperimentSpec) -> dict[str, str]:
    """The columns that the spec takes out of the features, with the reason."""
    found = dict.fromkeys(spec.data.ignore_columns, "data.ignoreColumns says so")
    if spec.evaluation.weight_column:
        found[spec.evaluation.weight_column] = "it is the weight of the rows"
    if spec.evaluation.group_column:
        found[spec.evaluation.group_column] = "it keeps rows together"
    return found


def _indexes(table: pa.Table) -> dict[str, str]:
    """The columns of a stored pandas frame's index, each with the reason to leave it out. New rows do not have them.

    An index that only counts the rows has no column in this table either.
    """
    stored = pandas_facts(table).get("index_columns", [])
    kept = [index for index in stored if isinstance(index, str)]
    kept += [index for index in _ranges(stored) if index not in table.column_names]
    return dict.fromkeys(kept, "is the index of the DataFrame that was stored")


def _ranges(stored: list[Any]) -> list[str]:
    """The names of indexes that pandas has not stored, because they only count the rows."""
    named = [index["name"] for index in stored if isinstance(index, dict) and "name" in index]
    return [name for name in named if isinstance(name, str)]


def _check_there(column: str, role: str, table: pa.Table, name: str) -> None:
    if column not in table.column_names:
        there = ", ".join(short(found) for found in table.column_names[:10])
        hint = did_you_mean(column, table.column_names) or f" It begins with the columns {there}"
        raise data_invalid(f'{name} has no column "{column}"{role}.{hint}')
