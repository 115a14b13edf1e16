"""The encoder of a table: the columns that the model reads, and the encoder of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.model import SignatureColumn
from automl_model.encoding.boolean import BooleanEncoder
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import column_of
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.dates import DatetimeEncoder
from automl_model.encoding.errors import SchemaError
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.options import missing_texts
from automl_model.encoding.reading import Notes, ReadingNote
from automl_model.encoding.text import TextEncoder
from automl_model.features import Cycle, Features
from automl_model.tables.source import is_text_source
from automl_model.text_column import TextColumn

__all__ = ["Encoder", "SchemaError"]

_KINDS: dict[str, type[ColumnEncoder]] = {
    kind.kind: kind for kind in (NumericEncoder, BooleanEncoder, DatetimeEncoder, CategoricalEncoder, TextEncoder)
}


@dataclass(frozen=True)
class Encoder:
    """The encoders of the columns that the model reads, in the order of the training file.

    target: the notation of the target's numbers. whole_target: the target had whole numbers only, see `NumericEncoder`.
    missing: the user's words for a missing value; None for the usual ones, which only text formats have.
    """

    encoders: tuple[ColumnEncoder, ...]
    target: Notation = PLAIN
    missing: tuple[str, ...] | None = None
    whole_target: bool = False

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Encoder":
        """The encoder that `state` describes. Raises ValueError for a kind of column unknown to this version."""
        unknown = {entry["kind"] for entry in state["columns"]} - set(_KINDS)
        if unknown:
            raise ValueError(
                f"the encoder has columns of an unknown kind, {sorted(unknown)}; use a newer version to read it"
            )
        encoders = tuple(_KINDS[entry["kind"]].from_state(entry) for entry in state["columns"])
        missing = tuple(state["missing"]) if "missing" in state else None
        if missing and not all(isinstance(word, str) for word in missing):
            raise ValueError("the words for missing values are not texts")
        target = Notation.from_state(state.get("target", {}))
        return cls(encoders, target, missing, state.get("whole_target") is True)

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        columns = [{"kind": encoder.kind, **encoder.state()} for encoder in self.encoders]
        target = {"target": self.target.state()} if self.target != PLAIN else {}
        missing = {"missing": list(self.missing)} if self.missing is not None else {}
        whole = {"whole_target": True} if self.whole_target else {}
        return {"columns": columns, **target, **missing, **whole}

    @property
    def columns(self) -> tuple[SignatureColumn, ...]:
        """The columns that are read, with their kinds."""
        return tuple(SignatureColumn(name=encoder.name, kind=encoder.kind) for encoder in self.encoders)

    def apply(self, frame: pd.DataFrame | pa.Table) -> Features:
        """Encode rows as `read` does, without its notes."""
        return self.read(frame)[0]

    def read(self, frame: pd.DataFrame | pa.Table) -> tuple[Features, tuple[ReadingNote, ...]]:
        """Encode rows, and return notes on cells that were not read as written; unknown columns are ignored.

        Raises SchemaError for a missing column or one of the wrong kind.
        """
        columns = _columns_by_name(frame, [encoder.name for encoder in self.encoders])
        outputs: dict[str, list[Any]] = {"numbers": [], "codes": [], "texts": []}
        words, notes = self.missing_texts(frame), Notes()
        for encoder in self.encoders:
            outputs[encoder.output].extend(encoder.encode(column_of(columns[encoder.name], words), notes))
        numeric = _stacked(outputs["numbers"], len(frame), np.float32)
        features = self.features(numeric, _stacked(outputs["codes"], len(frame), np.int32), tuple(outputs["texts"]))
        return features, tuple(notes)

    def missing_texts(self, frame: pd.DataFrame | pa.Table) -> tuple[str, ...]:
        """The texts that are missing values in a table, by its source and the user's list."""
        return missing_texts(self.missing, text_source=is_text_source(frame))

    def features(
        self, numeric: NDArray[np.float32], codes: NDArray[np.int32], texts: tuple[TextColumn, ...] = ()
    ) -> Features:
        """Features from arrays that this encoder made before."""
        of_codes = [encoder for encoder in self.encoders if encoder.output == "codes"]
        return Features(
            numeric,
            codes,
            self.numeric_names,
            tuple(name for encoder in of_codes for name in encoder.names),
            tuple(cardinality for encoder in of_codes for cardinality in encoder.cardinalities),
            texts,
            self.text_names,
            self.cycles,
        )

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """The numeric features that begin anew after some values."""
        periods = [period for encoder in self.encoders if encoder.output == "numbers" for period in encoder.periods]
        return tuple(Cycle(column, period) for column, period in enumerate(periods) if period)

    @property
    def text_names(self) -> tuple[str, ...]:
        """The names of the columns of texts."""
        return tuple(encoder.name for encoder in self.encoders if encoder.output == "texts")

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """The names of the numeric features, made unique: a column may have the name of a date's part."""
        names: list[str] = []
        taken = {encoder.name for encoder in self.encoders}
        for encoder in self.encoders:
            for name in encoder.names if encoder.output == "numbers" else ():
                free = name
                while free != encoder.name and free in taken:
                    free += "_"
                taken.add(free)
                names.append(free)
        return tuple(names)


def _columns_by_name(frame: pd.DataFrame | pa.Table, needed: list[str]) -> dict[str, Any]:
    names = frame.column_names if isinstance(frame, pa.Table) else [str(name) for name in frame.columns]
    known = set(names)
    for name in needed:
        if name not in known:
            hint = did_you_mean(name, names) or " Add it; where a value is not known, leave the cell empty."
            raise SchemaError(f'the data has no column "{name}", which the model reads.{hint}')
    if len(known) < len(names) and (twice := [name for name in needed if names.count(name) > 1]):
        raise SchemaError(f'the data has two columns named "{twice[0]}"; rename or drop one of them')
    wanted = set(needed)
    # `items` is several times as fast as `iloc` for each column, which would dominate the time of one row.
    columns = frame.itercolumns() if isinstance(frame, pa.Table) else (column for _, column in frame.items())
    return {name: column for name, column in zip(names, columns, strict=True) if name in wanted}


def _stacked(arrays: list[Any], rows: int, kind: type[np.generic]) -> NDArray[Any]:
    """Arrays as the columns of one matrix in Fortran order."""
    matrix = np.empty((rows, len(arrays)), kind, order="F")
    for position, array in enumerate(arrays):
        matrix[:, position] = array
    return matrix
