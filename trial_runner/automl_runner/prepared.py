"""Prepared data in the store: written once by `prepare`, opened by every fit and every finalize.

The arrays are memory-mapped, so that many children share one copy in the page cache. A holdout's targets lie in a
file of their own, which only refits and the last finalize read.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from automl_api.base import Model
from automl_api.metrics import Task
from automl_api.resources.model import SignatureColumn
from automl_api.resources.plan import DataWarning
from automl_model.encoding import ColumnProfile, Encoder
from automl_model.encoding.labels import LabelType
from automl_model.features import Features
from automl_model.files import MANIFEST, ChangedFileError, read_manifest, sha256_of
from automl_model.text_column import TextColumn

INFO = "prepared.json"
NUMERIC = "numeric.npy"
CODES = "codes.npy"
TARGET = "target.npy"
WEIGHTS = "weights.npy"
FOLDS = "folds.npy"
HOLDOUT_TARGET = "holdout_target.npy"
UNITS = "units.npy"
SHARED = "shared.npy"
TEXTS = "texts.npy"
TEXT_PLACES = "text_places.npy"
HOLDOUT = -1
TRAINS = -2
SPARE = -3
FoldKind = Literal["kfold", "group", "time", "split"]
FoldAssignment = NDArray[np.int16]
"""For each row its fold's number, HOLDOUT, TRAINS (trains in every fold, validates in none), or SPARE (refits only)."""
_ENOUGH = 0.785
"""80 % of the rows, with a margin for the rows that two of five folds share, and for rounding."""
_verified: dict[Path, str] = {}


class FoldsInfo(Model):
    """The division of the rows; `digest` is sha256:HEX of folds.npy, so that equal folds have equal digests."""

    count: int
    kind: FoldKind
    digest: str
    trained_shares: tuple[float, ...]
    """For each fold, the share of all rows that its models are trained on."""
    scored_rows: int = 0
    """The rows of all folds together, for which there are out-of-fold predictions."""

    @property
    def refit(self) -> bool:
        """True when the folds' models saw too few of the rows, or not the newest ones, to be published."""
        return self.kind == "time" or float(np.mean(self.trained_shares)) < _ENOUGH


class DataNote(DataWarning):
    """A warning with one of the cells that it is about. The cell stays in the store; a plan gets the rest."""

    cell: str = ""

    @property
    def whole(self) -> str:
        """The message with its cell."""
        return f'{self.message}; for example "{self.cell}"' if self.cell else self.message

    @property
    def without_cell(self) -> DataWarning:
        """The warning without its cell, for the plan."""
        return DataWarning(code=self.code, column=self.column, message=self.message)


class PreparedInfo(Model):
    """The facts about prepared data besides its arrays."""

    task: Task
    metric: str
    target: str
    original_type: LabelType
    """The type of the target's values in the data; predicted labels have this type, and numbers are float64."""
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    positive_class: str | None = None
    encoder: dict[str, Any]
    signature: tuple[SignatureColumn, ...]
    encoding: str = ""
    """The encoding that the data's text was read with; empty for formats that are not text."""
    folds: FoldsInfo
    holdout_rows: int = 0
    test_rows: int = 0
    """The rows of `evaluation.test` that were there when the data was prepared."""
    test_text_bytes: int = 0
    """The bytes of their texts."""
    rows: int
    columns: int
    warnings: tuple[DataNote, ...] = ()
    profiles: tuple[ColumnProfile, ...] = ()
    """Every column of the data, with some of its cells, which do not go into the plan."""


@dataclass(frozen=True)
class Prepared:
    """Prepared data, memory-mapped. Rows of the holdout have no target here: NaN, or -1."""

    directory: Path
    info: PreparedInfo
    features: Features
    target: NDArray[np.float64] | NDArray[np.int32]
    """float64, or int32 class codes; shape (rows,)."""
    weights: NDArray[np.float32] | None
    folds: NDArray[np.int16]
    units: NDArray[np.int64] | None = None
    """For each row the number of its independent unit: its group, or its place in the order of time."""
    shared: NDArray[np.bool_] | None = None
    """True for the rows that the other fold of their fold's pair is not trained on either; None without any."""

    @property
    def class_count(self) -> int:
        """The number of classes; 1 for regression."""
        return max(1, len(self.info.classes))

    @cached_property
    def holdout_rows(self) -> NDArray[np.int64]:
        """The rows of the holdout, ascending."""
        return np.flatnonzero(self.folds == HOLDOUT)

    def holdout_target(self) -> NDArray[np.float64] | NDArray[np.int32]:
        """The target of the holdout's rows, in the order of `holdout_rows`. For the last finalize only."""
        values: NDArray[np.float64] | NDArray[np.int32] = np.load(self.directory / HOLDOUT_TARGET, allow_pickle=False)
        return values

    def weights_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """The weights of some rows; None where all weigh the same."""
        return None if self.weights is None else self.weights[rows].astype(np.float64)

    def units_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The units of some rows; None where every row is independent."""
        return None if self.units is None else np.asarray(self.units[rows])

    def whole_target(self) -> NDArray[np.float64] | NDArray[np.int32]:
        """The target of all rows, with the holdout's. For refits, which begin when all choices are made."""
        values: NDArray[np.float64] | NDArray[np.int32] = self.target.copy()
        values[self.holdout_rows] = self.holdout_target()
        return values

    def fold_rows(self, fold: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to train on and rows to validate on, ascending. With folds by time, only earlier rows train."""
        if not 0 <= fold < self.info.folds.count:
            raise ValueError(f"there is no fold {fold}; there are {self.info.folds.count}")
        train = train_rows(self.folds, self.info.folds.kind, fold, self.shared)
        return np.flatnonzero(train), np.flatnonzero(self.folds == fold)

    def shared_rows(self, fold: int) -> NDArray[np.int64]:
        """The shared rows of a fold, ascending."""
        if self.shared is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.shared & (self.folds == fold))


def open_prepared(directory: Path, digest: str = "") -> Prepared:
    """Open prepared data. Raises automl_model.files.ChangedFileError where it is incomplete or changed.

    `digest` is the digest that the manifest itself must have. Sizes are compared for all files and digests for the
    small ones, once per process: to verify a large matrix would take longer than many fits.
    """
    directory = directory.resolve()
    if directory not in _verified or (digest and _verified[directory] != digest):
        _verified[directory] = _verify(directory, digest)
    info = PreparedInfo.read_json((directory / INFO).read_bytes())
    weights, units, shared = (directory / name for name in (WEIGHTS, UNITS, SHARED))
    encoder = Encoder.from_state(info.encoder)
    return Prepared(
        directory,
        info,
        encoder.features(_mapped(directory / NUMERIC), _mapped(directory / CODES), _texts(directory)),
        _mapped(directory / TARGET),
        _mapped(weights) if weights.exists() else None,
        _mapped(directory / FOLDS),
        _mapped(units) if units.exists() else None,
        _mapped(shared) if shared.exists() else None,
    )


def _texts(directory: Path) -> tuple[TextColumn, ...]:
    if not (directory / TEXTS).exists():
        return ()
    buffer, places = _mapped(directory / TEXTS), _mapped(directory / TEXT_PLACES)
    return tuple(
        TextColumn(buffer, places[:, column], places[:, column + 1]) for column in range(0, places.shape[1], 2)
    )


def _verify(directory: Path, digest: str) -> str:
    manifest = read_manifest(directory)
    found = sha256_of(directory / MANIFEST)
    if digest and found != digest:
        raise ChangedFileError(f"{directory / MANIFEST} was changed after it was written; start the experiment anew")
    for name, size in manifest["sizes"].items():
        path = directory / name
        if not path.is_file() or path.stat().st_size != size:
            raise ChangedFileError(f"{path} is missing or was changed after it was written; start the experiment anew")
    for name in (INFO, FOLDS):
        if sha256_of(directory / name) != manifest["files"].get(name):
            raise ChangedFileError(f"{directory / name} was changed after it was written; start the experiment anew")
    return found


def _mapped(path: Path) -> Any:
    """A memory-mapped array. An array without elements cannot be mapped and is read instead."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:
        array = np.load(path, allow_pickle=False)
        if array.size:
            raise
        return array


def sizes_of(directory: Path) -> dict[str, int]:
    """The size of each file in a directory, for its manifest."""
    return {path.name: path.stat().st_size for path in sorted(directory.iterdir()) if path.name != MANIFEST}


def partner(fold: int) -> int:
    """The other fold of a pair: 1 of 0 and 0 of 1, 3 of 2 and 2 of 3, and so on."""
    return fold ^ 1


def train_rows(
    assignment: FoldAssignment, kind: FoldKind, fold: int, shared: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """True for the rows that a fold trains on; with folds by time, only rows before the fold.

    shared: the rows that both folds of a pair leave out.
    """
    if kind == "time":
        train = (assignment == TRAINS) | ((assignment >= 0) & (assignment < fold))
    else:
        train = (assignment != HOLDOUT) & (assignment != SPARE) & (assignment != fold)
        if shared is not None:
            train &= ~(shared & (assignment == partner(fold)))
    return np.asarray(train, np.bool_)
