"""Encoded rows: views turn them into other features, and estimators predict from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.text_column import TextColumn

MISSING_CODE = 0
UNSEEN_CODE = 1
FIRST_LEVEL_CODE = 2


@dataclass(frozen=True)
class Layout:
    """The columns of features: how many are numeric, for each categorical one its greatest code plus one, and texts."""

    numeric: int
    cardinalities: tuple[int, ...]
    texts: int = 0

    @property
    def columns(self) -> int:
        """The number of columns of numbers and codes."""
        return self.numeric + len(self.cardinalities)


@dataclass(frozen=True)
class Cycle:
    """A numeric column that counts from one number to another and begins anew, such as the hours of a day."""

    column: int
    """Its place among the numeric columns."""
    period: int
    """The number of its values."""


@dataclass(frozen=True)
class Features:
    """Rows of encoded columns, with numbers, categories and texts apart.

    numeric: float32, shape (rows, numeric columns), NaN where missing.
    codes: int32, shape (rows, categorical columns); 0 missing, 1 unseen or rare, 2 and up the levels.
    cardinalities: for each categorical column, its greatest code plus one.
    texts: the columns of texts.
    cycles: the numeric columns that begin anew after some values.
    The arrays may be read-only memory maps, those of two dimensions in Fortran order.
    """

    numeric: NDArray[np.float32]
    codes: NDArray[np.int32]
    numeric_names: tuple[str, ...]
    code_names: tuple[str, ...]
    cardinalities: tuple[int, ...]
    texts: tuple[TextColumn, ...] = ()
    text_names: tuple[str, ...] = ()
    cycles: tuple[Cycle, ...] = ()

    def __len__(self) -> int:
        return int(self.numeric.shape[0])

    @property
    def layout(self) -> Layout:
        """The layout of the columns."""
        return Layout(int(self.numeric.shape[1]), self.cardinalities, len(self.texts))

    def take(self, rows: NDArray[np.int64]) -> "Features":
        """Some of the rows, copied, in Fortran order; texts share the bytes of the original."""
        return Features(
            np.asfortranarray(self.numeric[rows]),
            np.asfortranarray(self.codes[rows]),
            self.numeric_names,
            self.code_names,
            self.cardinalities,
            tuple(column.take(rows) for column in self.texts),
            self.text_names,
            self.cycles,
        )
