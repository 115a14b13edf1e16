"""What the encoder of one column says of itself, whatever the column holds: callers ask for this, never for its class."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, Notation
from automl_model.encoding.reading import Notes


class ColumnEncoder(ABC):
    """Makes numbers, or codes of categories, of a column. As defined here: one array of numbers."""

    kind: ClassVar[Literal["numeric", "categorical", "boolean", "datetime"]]
    output: ClassVar[Literal["numbers", "codes"]] = "numbers"
    """Numbers are float32, NaN where missing. Codes are int32."""
    name: str
    notation: Notation = PLAIN
    """How its numbers are written."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read back what `state` said. Raises ValueError for anything else."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""

    @abstractmethod
    def encode(self, column: Column, notes: Notes) -> list[NDArray[Any]]:
        """An array for each of its features; the notes get what was not read as it stands.

        Raises SchemaError where most values cannot be read.
        """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name,)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """For each feature of codes one more than the greatest code; none for numbers."""
        return ()

    def only(self, places: Sequence[int]) -> Self:  # noqa: ARG002 - what has one feature keeps it
        """The encoder of some of its features, the first among them."""
        return self
