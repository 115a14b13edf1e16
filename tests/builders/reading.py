"""One column as CSV, parquet or a DataFrame: encoded as `prepare` does, and read again as new rows are."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from automl_model.encoding import Encoder, GivenKind, ReadingNote, ReadingOptions
from automl_model.encoding.column import column_of
from automl_model.encoding.labels import labels_of
from automl_model.features import Features
from automl_model.tables import categories_of, is_text_source, read_table, spelled_columns, table_of, to_frame
from automl_runner.prepare.encode import EncodedTable, encode_table
from automl_runner.prepare.target import Target, read_target
from builders.preparing import a_spec

SOURCES = ("csv", "parquet", "frame")


@dataclass(frozen=True)
class Learned:
    """The encoding that prepare chose for a column called x, and its encoded rows."""

    table: EncodedTable

    @property
    def kind(self) -> str:
        return self.table.columns[0].encoder.kind if self.table.columns else "ignored"

    @property
    def rows(self) -> list[float]:
        """The first feature, or the codes."""
        return [float(value) for value in self.table.columns[0].arrays[0]]

    @property
    def levels(self) -> set[str]:
        return set(getattr(self.table.columns[0].encoder, "levels", ()))

    @property
    def distinct(self) -> int:
        """Number of different rows that a model sees. A missing value counts as 0.1, which no float32 equals."""
        if not self.table.columns:
            return 1
        arrays = [np.nan_to_num(np.asarray(array, float), nan=0.1) for array in self.table.columns[0].arrays]
        return len(np.unique(np.stack(arrays), axis=1).T)

    @property
    def warning_text(self) -> str:
        return "\n".join(warning.whole for warning in self.table.warnings)

    def read(self, values: Any, source: str, place: Path) -> tuple[Features, tuple[ReadingNote, ...]]:
        """Encode new rows, with an encoder that was written to JSON and read back."""
        encoder = Encoder.from_state(json.loads(json.dumps(self.table.encoder.state())))
        return encoder.read(rows_to_predict(values, source, place))


def learned(
    values: Any, source: str, place: Path, given: GivenKind | None = None, missing: tuple[str, ...] | None = None
) -> Learned:
    """A column as `prepare` encodes it."""
    table = stored(values, source, place)
    options = options_of(table, {"x": given} if given else {}, missing)
    return Learned(encode_table({"x": table.column("x")}, options=options))


def target_of(values: Any, source: str, place: Path, missing: tuple[str, ...] | None = None, **changes: Any) -> Target:
    """A column as `prepare` reads a target."""
    table = stored(values, source, place)
    options = options_of(table, {}, missing)
    spec = a_spec("example:adult", "x", **changes)
    return read_target(column_of(table.column("x"), options.missing_texts), spec, "rows", options)


def labels(target: Target) -> list[Any]:
    """The labels that correct predictions of the training rows would have."""
    names = labels_of(target.classes, target.original_type)
    return list(names[target.values.astype(int)].tolist())


def options_of(
    table: pa.Table, columns: Mapping[str, GivenKind], missing: tuple[str, ...] | None = None
) -> ReadingOptions:
    return ReadingOptions(columns, missing, is_text_source(table), categories_of(table), spelled_columns(table))


def stored(values: Any, source: str, place: Path) -> pa.Table:
    """A column in a file, read as a runner reads it; a DataFrame is written as `automl.fit` stores it."""
    if source == "csv":
        return read_table(_written(values, place))
    path = place / "rows"
    if source == "frame":
        feather.write_feather(table_of(pd.DataFrame({"x": values})), path)
    elif source == "pandas":
        pd.DataFrame({"x": values}).to_parquet(path, index=False)
    else:
        pq.write_table(pa.table({"x": values}), path)
    return read_table(path)


def rows_to_predict(values: Any, source: str, place: Path) -> pd.DataFrame:
    """A column as `automl predict` or a Python user passes it."""
    return pd.DataFrame({"x": values}) if source in ("frame", "pandas") else to_frame(stored(values, source, place))


def _written(values: Sequence[Any], place: Path) -> Path:
    path = place / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["x"])
        writer.writerows([["" if value is None else str(value)] for value in values])
    return path
