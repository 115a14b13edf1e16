"""Encodes columns of numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.errors import SchemaError, cell
from automl_model.encoding.notation import (
    PLAIN,
    Notation,
    decimal_points,
    first_thousandth,
    lacking_unit,
    notation_of,
    read_numbers,
    readings,
    thousandths,
)
from automl_model.encoding.placement import needs_bits, placed
from automl_model.encoding.reading import Notes, check_source, rows_of, say
from automl_model.encoding.texts import Texts, as_mask

_LARGEST = np.finfo(np.float32).max
_LARGEST_DOUBLE = float(np.finfo(np.float64).max)
_UNLIKE = "numbers are read {}, unlike in training, for example"


@dataclass(frozen=True)
class NumericEncoder(ColumnEncoder):
    """Numbers as float32 above an origin, in a unit of 1/scale; infinite ones are missing. See `placement`.

    whole: training had whole numbers only, so that "1.234" may mean 1234.
    """

    kind: ClassVar[Literal["numeric"]] = "numeric"
    name: str
    notation: Notation = PLAIN
    origin: int | float = 0.0
    scale: float = 1.0
    whole: bool = False

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "NumericEncoder":
        """The encoder that `state` describes. Raises ValueError for an origin or a scale that is not a number."""
        notation = Notation.from_state(state.get("notation", {}))
        origin, scale = state.get("origin", 0.0), state.get("scale", 1.0)
        for number in (origin, scale):
            if type(number) not in (int, float) or not abs(number) <= _LARGEST_DOUBLE:
                raise ValueError(f"{number!r:.40} is not a number for an origin or a scale")
        return cls(state["name"], notation, origin, scale, state.get("whole") is True)

    def state(self) -> dict[str, Any]:
        """The encoder as JSON; default values are left out."""
        notation = {"notation": self.notation.state()} if self.notation != PLAIN else {}
        origin = {"origin": self.origin} if self.origin else {}
        scale = {"scale": self.scale} if self.scale != 1.0 else {}
        return {"name": self.name, **notation, **origin, **scale, **({"whole": True} if self.whole else {})}

    def encode(self, column: Column, notes: Notes) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError if most values cannot be read as numbers."""
        values, bits = self.values(column, notes), None
        if needs_bits(self.origin):
            bits = _bits_of_texts(column.texts, values) if column.texts else _bits(column)
        result = placed(values, bits, self.origin, self.scale)
        self._say_what_is_cut(values, result, notes)
        return [result]

    def values(self, column: Column, notes: Notes) -> NDArray[np.float64]:
        """The number of each row, NaN if it is missing. Raises SchemaError if most cells cannot be read as numbers."""
        check_source(self.name, "numbers", column, ("text", "number", "boolean"))
        if column.texts:
            return self._read(column.texts, notes)
        self._say_typed(column, notes)
        return column.values

    def _read(self, texts: Texts, notes: Notes) -> NDArray[np.float64]:
        notation = self._notation(texts, notes)
        numbers = read_numbers(texts, notation)
        if (bare := lacking_unit(texts, notation, numbers)).any():
            self._say_without_unit(texts.first(bare), notes)
        return rows_of(self.name, "numbers", texts, numbers, notes)

    def _notation(self, texts: Texts, notes: Notes) -> Notation:
        """The notation of new rows: as in training, or another one if it is certain, with a note."""
        notation = self._beside_whole(texts, notes)
        unread = texts.there & np.isnan(read_numbers(texts, notation))
        if unread.any() and (other := self._other_notation(texts, unread)) is not None:
            way = "as seconds" if self.notation.clock else f"with {other}"
            say(notes, self.name, f"{_UNLIKE.format(way)} {cell(texts.first(unread))}")
            return other
        points = decimal_points(texts, notation)
        return self._beside_commas(texts, points, notes) if points.any() else notation

    def _beside_whole(self, texts: Texts, notes: Notes) -> Notation:
        """The notation if training had whole numbers only, with a note on points.

        Points separate thousands if training would read them that way.
        """
        if not self.whole or not (alike := thousandths(texts, self.notation)).any():
            return self.notation
        grouped, first = Notation(",", ".", self.notation.unit), texts.first(alike)
        if self.notation.decimal == "." and notation_of(texts) == grouped:
            message = "points are read as separators of thousands, unlike in training, for example in"
            say(notes, self.name, f"{message} {cell(first)}")
            return grouped
        self._say_decimals(first, notes)
        return self.notation

    def _say_decimals(self, first: str, notes: Notes) -> None:
        meant = re.sub("[.,]", "", first)
        message = f"numbers like {cell(first)} are read with decimals, and not as {meant}"
        say(notes, self.name, f"training had whole numbers only; {message}")

    def _say_typed(self, column: Column, notes: Notes) -> None:
        """Add notes on typed numbers unlike training: they lack its unit, are not clock times, or have decimals.

        Durations and times of day, which have no exact type, mean the same as clock times.
        """
        there = column.values[~np.isnan(column.values)]
        if self.notation.unit and len(there):
            self._say_without_unit(f"{there[0]:.15g}", notes)
        if column.exact is None or not len(there):
            return
        if self.notation.clock:
            say(notes, self.name, f"{_UNLIKE.format('as seconds')} {cell(f'{there[0]:.15g}')}")
        elif self.whole and (first := first_thousandth(there)) is not None:
            self._say_decimals(f"{first}", notes)

    def _say_without_unit(self, first: str, notes: Notes) -> None:
        message = f"numbers without {self.notation.unit} are read as if they had it, for example"
        say(notes, self.name, f"{message} {cell(first)}")

    def _beside_commas(self, texts: Texts, points: NDArray[np.bool_], notes: Notes) -> Notation:
        """The notation if points occur where training had commas, with a note.

        Beside decimal commas points separate thousands if that is possible; without any comma they are decimal points.
        """
        grouped = Notation(",", ".", self.notation.unit)
        read = texts.there & ~np.isnan(read_numbers(texts, self.notation))
        commas = bool((read & as_mask(pc.match_substring(texts.uniques, ","))).any())
        groups = commas and not np.isnan(read_numbers(texts, grouped)[read]).any()
        beside = "beside decimal commas" if commas else "unlike in training"
        role = "separators of thousands" if groups else f"decimal points, {beside}"
        say(notes, self.name, f"points are read as {role}, for example in {cell(texts.first(points))}")
        return grouped if groups else self.notation

    def _other_notation(self, texts: Texts, unread: NDArray[np.bool_]) -> Notation | None:
        """The notation of rows written otherwise than in training, if any. Raises SchemaError if it is ambiguous."""
        found = readings(texts, self.notation.unit)
        if not found:
            return None
        values = [read_numbers(texts, notation)[texts.there] for notation in found]
        if all(np.array_equal(values[0], other) for other in values[1:]):
            return found[0]
        raise SchemaError(
            f'column "{self.name}" holds numbers like {cell(texts.first(unread))}, which are not written as in training'
            " and can be read in two ways; write them with decimal points and nothing between thousands"
        )

    def _say_what_is_cut(self, values: NDArray[np.float64], result: NDArray[np.float32], notes: Notes) -> None:
        if (infinite := np.isinf(values)).any():
            say(notes, self.name, f"{int(infinite.sum()):,} infinite values are read as missing")
        if (far := np.abs(result) == _LARGEST).any():
            first = values[int(np.flatnonzero(far)[0])]
            say(
                notes,
                self.name,
                f"{int(far.sum()):,} values are too far from the values of training and are clipped, for example {first}",
            )


def _bits(column: Column) -> NDArray[np.uint64]:
    """Whole numbers modulo 2**64, exact for integer types, from float64 for others."""
    return _bits_of_floats(column.values) if column.integers is None else column.integers.view(np.uint64)


def _bits_of_texts(texts: Texts, values: NDArray[np.float64]) -> NDArray[np.uint64]:
    bits, known = texts.integers
    return np.where(texts.spread(known, False), texts.spread(bits, 0), _bits_of_floats(values))


def _bits_of_floats(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    signed = np.where(np.abs(values) < 2.0**63, values, 0).astype(np.int64).view(np.uint64)
    great = (values >= 2.0**63) & (values < 2.0**64)
    return np.where(great, np.where(great, values, 0).astype(np.uint64), signed)
