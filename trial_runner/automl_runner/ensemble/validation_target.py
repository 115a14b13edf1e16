"""The rows on which an ensemble is chosen and scored, and the parts that they are divided into.

A part is a fold, or a quarter of a single validation split. Of blocks of time, only those whose models trained on at
least half of the rows are scored, or else the newest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SPLIT_PARTS = 4
_SCORED_SHARE = 0.5


@dataclass(frozen=True)
class ValidationTarget:
    """The validation rows of the common folds, one fold after the other. target: values or class codes."""

    metric: str
    folds: tuple[int, ...]
    target: Array
    weights: Array | None
    fold_of: Array
    """Each row's fold, as a place in `folds`."""
    seed: int
    units: Array | None = None
    """For each row, its group or its place in time; None where every row is independent."""
    ordered: bool = False
    """True when units are places in time."""
    trained_shares: tuple[float, ...] = ()
    """For each of `folds`, the share of all rows that its models trained on; empty: all rows."""

    def parts(self) -> tuple[Array, ...]:
        """The rows of each part, by place: folds, or quarters of a single split."""
        if len(self.folds) > 1:
            return tuple(np.flatnonzero(self.fold_of == place) for place in range(len(self.folds)))
        dealt = self._quarters()
        parts = (np.flatnonzero(dealt == part) for part in range(SPLIT_PARTS))
        return tuple(rows for rows in parts if len(rows))

    def _quarters(self) -> Array:
        """Each row's quarter: stratified by the target, by whole groups, or one after the other in time."""
        generator, rows = np.random.default_rng(self.seed), len(self.target)
        if self.units is None:
            dealt = np.empty(rows, np.int64)
            dealt[np.lexsort((generator.random(rows), self.target))] = np.arange(rows) % SPLIT_PARTS
            return dealt
        names, places = np.unique(self.units, return_inverse=True)
        if self.ordered:
            return np.asarray(places * SPLIT_PARTS // len(names))
        return np.asarray(generator.permutation(len(names))[places] % SPLIT_PARTS)

    def scored(self) -> tuple[int, ...]:
        """The places of the parts whose scores count for the published model."""
        everyone = tuple(range(len(self.parts())))
        if not self.ordered or len(self.folds) == 1:
            return everyone
        return tuple(place for place in everyone if self._share(place) >= _SCORED_SHARE) or everyone[-1:]

    def known_before(self, part: int) -> tuple[int, ...]:
        """The parts on which the choice for a part may be made. If there are no others, it is the part itself."""
        before = range(part) if self.ordered and len(self.folds) > 1 else range(len(self.parts()))
        return tuple(place for place in before if place != part) or (part,)

    def least_share(self) -> float:
        """The smallest share of the rows that a scored model trained on."""
        places = self.scored() if len(self.folds) > 1 else (0,)
        return min(self._share(place) for place in places)

    def _share(self, place: int) -> float:
        return self.trained_shares[place] if self.trained_shares else 1.0
