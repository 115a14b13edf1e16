"""Encodes the columns of a table one after the other, and frees each original when it is done.

The original values decide what a column is, or that it is left out. Columns that repeat another one are left out after
encoding: a model sees no difference, however their cells are spelled, unless rare texts differ.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column, column_of, numbers_of_texts
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.encoder import Encoder
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.options import TYPED, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.features import UNSEEN_CODE
from automl_model.text_column import TextColumn
from automl_runner.prepare.column_kind import ColumnKind
from automl_runner.prepare.given import given_kind
from automl_runner.prepare.kinds import kind_of
from automl_runner.prepare.missing_values import MissingValues
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.profiles import profile_of
from automl_runner.prepared import DataNote


@dataclass(frozen=True)
class EncodedColumn:
    """A column's encoder and its arrays: float32 ones, a single one of int32 codes, or none but a column of texts."""

    encoder: ColumnEncoder
    arrays: tuple[NDArray[Any], ...]
    texts: TextColumn | None = None

    @property
    def categorical(self) -> bool:
        """True when its array holds codes."""
        return self.encoder.output == "codes"


@dataclass
class EncodedTable:
    """The columns that a model can learn from, in the order of the file, with profiles and warnings of all columns."""

    columns: list[EncodedColumn] = field(default_factory=list)
    warnings: list[DataNote] = field(default_factory=list)
    target: Notation = PLAIN
    whole_target: bool = False
    profiles: list[ColumnProfile] = field(default_factory=list)
    missing: tuple[str, ...] | None = None
    encoding: str = ""
    """The encoding that the data's text was read with."""

    @property
    def encoder(self) -> Encoder:
        """The encoder of new rows."""
        return Encoder(tuple(column.encoder for column in self.columns), self.target, self.missing, self.whole_target)

    @property
    def numeric(self) -> list[NDArray[np.float32]]:
        """The numeric features, in the order of `encoder.numeric_names`."""
        return [array for column in self.columns if column.encoder.output == "numbers" for array in column.arrays]

    @property
    def codes(self) -> list[NDArray[np.int32]]:
        """The codes of the categorical columns."""
        return [array for column in self.columns if column.categorical for array in column.arrays]

    @property
    def texts(self) -> list[TextColumn]:
        """The columns of texts."""
        return [column.texts for column in self.columns if column.texts is not None]


def encode_table(columns: dict[str, Any], target: Notation = PLAIN, options: ReadingOptions = TYPED) -> EncodedTable:
    """Encode arrow columns by name; the dictionary is emptied on the way. `target`: the target's notation.

    Raises WorkFailed where a column cannot be what the options say.
    """
    result = EncodedTable(target=target, missing=options.missing)
    seen: dict[bytes, str] = {}
    missing_values = MissingValues()
    for name in list(columns):
        original = columns.pop(name)
        plain = options.text_source and name not in options.columns and options.missing is None
        column = (numbers_of_texts(original) if plain else None) or column_of(original, options.missing_texts)
        kind = _kind(name, column, options)
        encoded = None if kind.encoder is None else _encoded(kind.encoder, column)
        if encoded is not None and (reason := _repeats(encoded, column, original, name, seen)):
            kind, encoded = (
                ColumnKind(None, reason[1], (note(reason[0], f"{short(name)} {reason[1]} and is left out", name),)),
                None,
            )
        result.warnings.extend(kind.warnings)
        result.profiles.append(profile_of(name, original, column, kind))
        del original
        if encoded is not None:
            result.columns.append(encoded)
        if encoded is not None and encoded.categorical and column.texts:
            missing_values.add(name, column.texts)
    result.warnings.extend([*_notations(result.columns), *missing_values.notes()])
    return result


def _kind(name: str, column: Column, options: ReadingOptions) -> ColumnKind:
    if (given := options.columns.get(name)) and (given == "ignore" or not column.empty):
        return given_kind(name, column, given)
    return kind_of(name, replace(column, category=column.category or name in options.categories), options)


def _repeats(
    encoded: EncodedColumn, column: Column, original: Any, name: str, seen: dict[bytes, str]
) -> tuple[str, str] | None:
    """The code and the reason if a column is constant or repeats another one, else None."""
    if encoded.texts.constant if encoded.texts is not None else all(_constant(array) for array in encoded.arrays):
        return "Constant", _why_constant(column, original)
    if (first := seen.setdefault(_digest(encoded, column), name)) != name:
        return "DuplicateColumn", f"says the same as {short(first)} in every row"
    return None


def _why_constant(column: Column, original: Any) -> str:
    """The reason why a column is constant for a model. `original`: its arrow column."""
    if column.texts:
        present = (column.texts.counts > 0) & ~column.texts.missing
        if present.sum() == 1 and column.texts.counts[present].sum() == len(column):
            return "has the same value in every row"
        return "has different values, which a model cannot tell apart,"
    exact = original if pa.types.is_duration(original.type) else column.exact
    distinct = len(np.unique(column.values)) if exact is None else int(pc.count_distinct(exact).as_py())
    if distinct == 1:
        return "has the same value in every row"
    return "has different values, which a model cannot tell apart,"


def _notations(columns: list[EncodedColumn]) -> list[DataNote]:
    """Warnings about numbers that are not written as programs write them, one for each notation."""
    names: dict[Notation, list[str]] = {}
    for column in columns:
        if column.encoder.notation != PLAIN:
            names.setdefault(column.encoder.notation, []).append(short(column.encoder.name))
    return [
        note("Repaired", f"numbers with {notation} are read in {', '.join(some[:5])}{_more(len(some) - 5)}")
        for notation, some in names.items()
    ]


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _encoded(encoder: ColumnEncoder, column: Column) -> EncodedColumn:
    """A column with the features that tell something; its month may never vary, for example."""
    arrays = encoder.encode(column, [])
    if isinstance(arrays[0], TextColumn):
        return EncodedColumn(encoder, (), arrays[0])
    kept = encoder.informative(arrays)
    return EncodedColumn(encoder.only(kept), tuple(arrays[place] for place in kept))


def _constant(array: NDArray[Any]) -> bool:
    """True when an array is the same in every row; a value in some rows and a gap in others is a difference."""
    if array.dtype == np.float32 and np.isnan(array).any():
        return bool(np.isnan(array).all())
    return bool((array == array[0]).all())


def _digest(encoded: EncodedColumn, column: Column) -> bytes:
    """A digest that repeated columns share. Rare texts share a code, so categories add a hash of each rare text."""
    digest = hashlib.blake2b(encoded.encoder.output.encode(), digest_size=16)
    arrays = list(encoded.arrays)
    if encoded.categorical:
        arrays.append(_rare_texts(encoded.arrays[0], column))
    if encoded.texts is not None:
        arrays += [encoded.texts.buffer, encoded.texts.identities]
    for array in arrays:
        # Adding zero turns -0.0 into 0.0; all gaps are written with the same NaN.
        digest.update(np.ascontiguousarray(array + array.dtype.type(0)).view(np.uint8).data)
    return digest.digest()


def _rare_texts(codes: NDArray[np.int32], column: Column) -> NDArray[np.uint64]:
    """A hash of the text of each row that has the code of rare texts."""
    rare, texts = codes == UNSEEN_CODE, column.spelled
    if not rare.any():
        return np.zeros(0, np.uint64)
    hashes = np.asarray(pd.util.hash_array(texts.uniques.to_numpy(zero_copy_only=False)), np.uint64)
    found: NDArray[np.uint64] = texts.spread(hashes, 0)[rare]
    return found
