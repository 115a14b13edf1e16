"""The interface of a column's encoder, whatever the column holds: callers use it, and never ask for the class."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.reading import Notes


class ColumnEncoder(ABC):
    """Encodes a column as numbers, as codes of categories, or as texts. The default is one array of numbers."""

    kind: ClassVar[Literal["numeric", "categorical", "boolean", "datetime", "text"]]
    output: ClassVar[Literal["numbers", "codes", "texts"]] = "numbers"
    """Numbers are float32, NaN where missing. Codes are int32. Texts are a `TextColumn`."""
    name: str
    notation: Notation = PLAIN
    """The notation of the column's numbers."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The encoder that `state` describes. Raises ValueError for any other value."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""

    @abstractmethod
    def encode(self, column: Column, notes: Notes) -> list[Any]:
        """An array for each of its features, or one TextColumn. Adds a note on cells that were not read as written.

        Raises SchemaError if most values cannot be read.
        """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name,)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """The greatest code plus one, for each feature of codes; empty for numbers."""
        return ()

    @property
    def periods(self) -> tuple[int, ...]:
        """For each feature of numbers, the number of values after which it begins anew; 0 where it does not."""
        return (0,) * len(self.names)

    def informative(self, features: Sequence[NDArray[Any]]) -> list[int]:
        """The places of the features of training rows to keep: those that vary, and the first, whose gaps may vary."""
        return [place for place, values in enumerate(features) if place == 0 or _varies(values)]

    def only(self, places: Sequence[int]) -> Self:  # noqa: ARG002 - an encoder with one feature keeps it
        """The encoder of some of its features, which must include the first."""
        return self


def _varies(values: NDArray[Any]) -> bool:
    present = values[~np.isnan(values)]
    return bool(present.size and (present != present[0]).any())
