"""The decision on a column: its encoder, or the reason why it is left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column_encoder import ColumnEncoder
from automl_runner.prepare.notes import note, short
from automl_runner.prepared import DataNote


@dataclass(frozen=True)
class ColumnKind:
    """A column's encoder (None: it is left out), the reason, the warnings, and the texts that are read as missing."""

    encoder: ColumnEncoder | None
    reason: str
    warnings: tuple[DataNote, ...] = ()
    odd: NDArray[np.bool_] | None = None

    def saying(self, *more: DataNote) -> "ColumnKind":
        """The same kind with further warnings."""
        return ColumnKind(self.encoder, self.reason, (*self.warnings, *more), self.odd)


def left_out_column(code: str, name: str, reason: str) -> ColumnKind:
    """A column that is left out, with a warning that gives the reason."""
    return ColumnKind(None, reason, (note(code, f"{short(name)} {reason} and is left out", name),))
