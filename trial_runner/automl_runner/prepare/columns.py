"""The columns that the question names: found, checked, and taken out of what features are made of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.column import Column, column_of
from automl_model.encoding.errors import cell
from automl_model.encoding.notation import PLAIN, notation_of, read_numbers, rows_of_numbers
from automl_model.encoding.options import TYPED, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.encoding.times import read_times, time_format
from automl_model.encoding.words import did_you_mean
from automl_runner.prepare.errors import data_invalid, spec_invalid
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.profiles import apart
from automl_runner.prepared import DataNote

_EXACT = 2.0**53


@dataclass(frozen=True)
class Roles:
    """Columns by their role; `features` by name, in the order of the file."""

    features: dict[str, Any]
    weights: NDArray[np.float32] | None
    groups: NDArray[np.int64] | None
    times: NDArray[np.float64] | None
    warnings: tuple[DataNote, ...] = ()
    profiles: tuple[ColumnProfile, ...] = ()
    """Of the columns that are apart."""


def check_names(table: pa.Table, spec: ExperimentSpec, name: str) -> None:
    """Raises WorkFailed where the question names a column that the file does not have, or one for two purposes."""
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
                f"{short(given.name)} is {given.type} by data.columns and ignored by data.ignoreColumns; take it out of one"
            )
    _check_features(spec)
    if spec.target in spec.data.ignore_columns:
        raise spec_invalid(f"data.ignoreColumns holds the target {short(spec.target)}; take it out")


def _check_features(spec: ExperimentSpec) -> None:
    """Raises WorkFailed where the user says what a column is that is no feature."""
    evaluation = spec.evaluation
    roles = {"groupColumn": evaluation.group_column, "weightColumn": evaluation.weight_column}
    for given in spec.data.columns:
        for role, column in roles.items():
            if given.name == column and given.type != "ignore":
                raise spec_invalid(
                    f"{short(given.name)} is {given.type} by data.columns and no feature, as evaluation.{role} is it;"
                    " take it out of one"
                )


def read_roles(table: pa.Table, spec: ExperimentSpec, name: str, options: ReadingOptions = TYPED) -> Roles:
    """Take a table of checked names apart. Raises WorkFailed for weights and times that are none.

    Groups and weights are no features, because new rows come from other groups and without a weight.
    """
    evaluation = spec.evaluation

    def column(role: str | None) -> Column | None:
        return None if role is None else column_of(table.column(role), options.words)

    weights, groups, times = map(column, (evaluation.weight_column, evaluation.group_column, evaluation.time_column))
    named = {spec.target, evaluation.time_column, *(column.name for column in spec.data.columns)}
    indexes = {one: reason for one, reason in _indexes(table).items() if one not in named}
    apart_for = {**indexes, **_reasons(spec)}
    return Roles(
        {feature: table.column(feature) for feature in table.column_names if feature not in {spec.target, *apart_for}},
        None if weights is None else _weights(weights, str(evaluation.weight_column), name),
        None if groups is None else _groups(groups),
        None if times is None else _times(times, str(evaluation.time_column), name),
        (
            *(
                note("Identifier", f"{short(one)} {reason} and is left out", one)
                for one, reason in indexes.items()
                if one not in _reasons(spec)
            ),
            *_about_groups(groups, str(evaluation.group_column)),
        ),
        tuple(
            apart(one, table.column(one), reason, options.words)
            for one, reason in apart_for.items()
            if one in table.column_names
        ),
    )


def pandas_categories(table: pa.Table) -> frozenset[str]:
    """The columns that were pandas categoricals, which parquet forgets of those that are no texts."""
    described = _pandas(table).get("columns", [])
    return frozenset(str(one.get("field_name")) for one in described if one.get("pandas_type") == "categorical")


def _reasons(spec: ExperimentSpec) -> dict[str, str]:
    """The columns that the question takes out of the features, with the reason."""
    found = dict.fromkeys(spec.data.ignore_columns, "data.ignoreColumns says so")
    if spec.evaluation.weight_column:
        found[spec.evaluation.weight_column] = "it is the weight of the rows"
    if spec.evaluation.group_column:
        found[spec.evaluation.group_column] = "it keeps rows together"
    return found


def _indexes(table: pa.Table) -> dict[str, str]:
    """What is the index of a pandas frame, which new rows have no column for; a range is none here either."""
    kept = [one for one in _pandas(table).get("index_columns", []) if isinstance(one, str)]
    kept += [one for one in _ranges(table) if one not in table.column_names]
    return dict.fromkeys(kept, "is the index of the DataFrame that was stored")


def _ranges(table: pa.Table) -> list[str]:
    """The names of indexes that pandas has not stored, for they only count the rows."""
    stored = [one for one in _pandas(table).get("index_columns", []) if isinstance(one, dict)]
    return [one["name"] for one in stored if isinstance(one.get("name"), str)]


def _pandas(table: pa.Table) -> dict[str, Any]:
    """What pandas says of a table that it stored."""
    try:
        found = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def drop_unweighted(
    table: pa.Table, spec: ExperimentSpec, name: str, words: tuple[str, ...]
) -> tuple[pa.Table, list[DataNote]]:
    """The rows whose weight is not 0, and what is to be said of the others: nothing may be learnt or scored by them.

    Raises WorkFailed where no row is left.
    """
    weight = spec.evaluation.weight_column
    if weight is None:
        return table, []
    column = column_of(table.column(weight), words)
    values = rows_of_numbers(column.texts) if column.texts else column.values
    dropped = int((values == 0).sum())
    if dropped == len(values):
        raise data_invalid(f"{name}: the weights in {short(weight)} are 0 in every row; give some rows a weight")
    if not dropped:
        return table, []
    message = f"{dropped:,} of {len(values):,} rows have the weight 0 in {short(weight)} and are left out"
    return table.filter(pa.array(values != 0)), [note("Repaired", message, weight)]


def _check_there(column: str, role: str, table: pa.Table, name: str) -> None:
    if column not in table.column_names:
        there = ", ".join(short(one) for one in table.column_names[:10])
        hint = did_you_mean(column, table.column_names) or f" It begins with the columns {there}"
        raise data_invalid(f'{name} has no column "{column}"{role}.{hint}')


def _weights(column: Column, weight: str, name: str) -> NDArray[np.float32]:
    where = f"{name}: the weights in {short(weight)}"
    values = rows_of_numbers(column.texts) if column.texts else column.values
    if column.source not in ("text", "number"):
        raise data_invalid(f"{where} are no numbers; give every row a weight, 0 to leave it out")
    if not np.isfinite(values).all():
        rows = int((~np.isfinite(values)).sum())
        raise data_invalid(
            f"{where} are missing or no numbers in {rows:,} rows; give every row a weight, 0 to leave it out"
        )
    if (values < 0).any():
        raise data_invalid(f"{where} are negative in {int((values < 0).sum()):,} rows; weights are 0 or more")
    # About 1 on average, because learners' penalties know no other scale, and never rounded to nothing.
    scaled: NDArray[np.float32] = np.maximum(values / values.mean(), np.finfo(np.float32).tiny).astype(np.float32)
    return scaled


def _groups(column: Column) -> NDArray[np.int64]:
    """A number for each group; every row without one is a group of its own. Long keys are told apart exactly."""
    if column.source == "time":
        missing = np.isnan(column.values)
        groups = np.unique(column.values, return_inverse=True)[1].astype(np.int64)
    else:
        missing = column.spelled.spread(column.spelled.missing, 1).astype(np.bool_)
        groups = column.spelled.indices.astype(np.int64)
    alone = groups.max(initial=0) + 1 + np.arange(int(missing.sum()))
    groups[missing] = alone
    return groups


def _about_groups(column: Column | None, name: str) -> Iterator[DataNote]:
    """Words that are a missing value, whose rows are a group each."""
    if column is None or column.texts is None:
        return
    texts = column.texts
    words = (texts.counts > 0) & texts.missing & ~texts.among(("",))
    if words.any():
        rows, where = int(texts.counts[words].sum()), short(name)
        message = (
            f"{rows:,} rows have a word for a missing value as group in {where}, and are a group each; where it is a name, "
            "set data.missingValues without it"
        )
        yield note("Repaired", message, name, texts.first(words))


def _times(column: Column, time: str, name: str) -> NDArray[np.float64]:
    """Times or numbers that rows are ordered by; whole numbers beyond 2**53 by their rank."""
    values, texts = column.values, column.texts
    if texts:
        found = time_format(texts)
        times = read_times(texts, found) if found else read_numbers(texts, notation_of(texts, 1.0) or PLAIN)
        values = texts.spread(times, np.nan)
    if column.source in ("other", "boolean") or np.isnan(values).any():
        rows = int(np.isnan(values).sum())
        unread = texts.there & np.isnan(times) if texts else np.zeros(0, np.bool_)
        like = f", for example {cell(texts.first(unread))}" if texts and unread.any() else ""
        raise data_invalid(
            f"{name}: the times in {short(time)} are missing or no dates or numbers in {rows:,} rows{like};"
            " give every row one, in one format, for example 2024-01-31"
        )
    if column.integers is not None and (np.abs(values) >= _EXACT).any():
        return np.unique(column.integers, return_inverse=True)[1].astype(np.float64)
    return values
