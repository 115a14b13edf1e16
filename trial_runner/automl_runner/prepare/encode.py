"""All columns of a table to encoded arrays, one after the other, each original let go of when it is done.

Constants and columns that repeat another one are left out here, after encoding: what is the same for a model is
the same, however it was spelled.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import Column, column_of, numbers_of_texts
from automl_model.encoding.encoder import ColumnEncoder, Encoder
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.numeric import DatetimeEncoder, NumericEncoder
from automl_runner.prepare.kinds import kind_of
from automl_runner.prepare.notes import note, short
from automl_runner.prepared import DataNote


@dataclass(frozen=True)
class EncodedColumn:
    """A column's encoder and its arrays: float32 ones, or a single one of int32 codes."""

    encoder: ColumnEncoder
    arrays: tuple[NDArray[Any], ...]

    @property
    def categorical(self) -> bool:
        """Whether its array holds codes."""
        return isinstance(self.encoder, CategoricalEncoder)


@dataclass
class EncodedTable:
    """The columns that a model can learn from, in the order of the file, and what is to be said about all of them."""

    columns: list[EncodedColumn] = field(default_factory=list)
    warnings: list[DataNote] = field(default_factory=list)
    target: Notation = PLAIN
    encoding: str = ""
    """What the data's text was read as."""

    @property
    def encoder(self) -> Encoder:
        """The encoder of new rows."""
        return Encoder(tuple(column.encoder for column in self.columns), self.target)

    @property
    def numeric(self) -> list[NDArray[np.float32]]:
        """The numeric features, in the order of `encoder.numeric_names`."""
        return [array for column in self.columns if not column.categorical for array in column.arrays]

    @property
    def codes(self) -> list[NDArray[np.int32]]:
        """The codes of the categorical columns."""
        return [array for column in self.columns if column.categorical for array in column.arrays]


def encode_table(columns: dict[str, Any], target: Notation = PLAIN) -> EncodedTable:
    """Encode arrow columns by name; the dictionary is emptied on the way. `target`: how the target is written."""
    result = EncodedTable(target=target)
    seen: dict[bytes, str] = {}
    for name in list(columns):
        original = columns.pop(name)
        column = numbers_of_texts(original) or column_of(original)
        del original
        kind = kind_of(name, column)
        result.warnings.extend(kind.warnings)
        if kind.encoder is None:
            continue
        encoded = _encoded(kind.encoder, column)
        if all(_constant(array) for array in encoded.arrays):
            message = f"{short(name)} has the same value in every row and is left out"
            result.warnings.append(note("Constant", message, name))
        elif (first := seen.setdefault(_digest(encoded), name)) != name:
            message = f"{short(name)} says the same as {short(first)} in every row and is left out"
            result.warnings.append(note("DuplicateColumn", message, name))
        else:
            result.columns.append(encoded)
    result.warnings.extend(_notations(result.columns))
    return result


def _notations(columns: list[EncodedColumn]) -> list[DataNote]:
    """What to say of numbers that are not written as programs write them: one warning a notation."""
    names: dict[Notation, list[str]] = {}
    for column in columns:
        if isinstance(column.encoder, NumericEncoder) and column.encoder.notation != PLAIN:
            names.setdefault(column.encoder.notation, []).append(short(column.encoder.name))
    return [
        note("Repaired", f"numbers with {notation} are read in {', '.join(some[:5])}{_more(len(some) - 5)}")
        for notation, some in names.items()
    ]


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _encoded(encoder: ColumnEncoder, column: Column) -> EncodedColumn:
    if isinstance(encoder, CategoricalEncoder):
        return EncodedColumn(encoder, (encoder.encode(column),))
    arrays = encoder.encode(column)
    if not isinstance(encoder, DatetimeEncoder):
        return EncodedColumn(encoder, tuple(arrays))
    # A part of all dates that never varies says nothing; the days stay, whose gaps may.
    kept = [place for place, array in enumerate(arrays) if place == 0 or _varies(array)]
    parts = tuple(encoder.parts[place] for place in kept)
    return EncodedColumn(DatetimeEncoder(encoder.name, encoder.format, parts), tuple(arrays[place] for place in kept))


def _constant(array: NDArray[Any]) -> bool:
    """Whether a column says the same in every row; a value in some rows and a gap in others is a difference."""
    if array.dtype == np.float32 and np.isnan(array).any():
        return bool(np.isnan(array).all())
    return bool((array == array[0]).all())


def _varies(array: NDArray[np.float32]) -> bool:
    present = array[~np.isnan(array)]
    return bool(present.size and (present != present[0]).any())


def _digest(column: EncodedColumn) -> bytes:
    digest = hashlib.blake2b(b"codes" if column.categorical else b"numbers", digest_size=16)
    for array in column.arrays:
        # Adding zero makes -0.0 and 0.0 one; all gaps are written with the same NaN.
        digest.update(np.ascontiguousarray(array + array.dtype.type(0)).view(np.uint8).data)
    return digest.digest()
