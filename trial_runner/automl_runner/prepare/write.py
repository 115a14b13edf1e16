"""Writes prepared data column by column, so that no second copy of the matrix is ever in memory."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.resources.plan import Artefact
from automl_model.files import sha256_of, write_manifest
from automl_model.text_column import TextColumn
from automl_runner.prepare.encode import EncodedTable
from automl_runner.prepare.folds import Rows
from automl_runner.prepared import (
    CODES,
    FOLDS,
    HOLDOUT,
    HOLDOUT_TARGET,
    INFO,
    NUMERIC,
    SHARED,
    TARGET,
    TEXT_PLACES,
    TEXTS,
    UNITS,
    WEIGHTS,
    FoldAssignment,
    PreparedInfo,
    sizes_of,
)
from automl_runner.store import Store


def write_arrays(
    directory: Path,
    table: EncodedTable,
    target: NDArray[np.float64] | NDArray[np.int32],
    rows: Rows,
    folds: FoldAssignment,
    shared: NDArray[np.bool_] | None,
) -> str:
    """Write all arrays into an empty directory, the holdout's targets in their own file. Returns the folds' digest."""
    _write_columns(directory / NUMERIC, table.numeric, np.dtype(np.float32), len(target))
    _write_columns(directory / CODES, table.codes, np.dtype(np.int32), len(target))
    _write_texts(directory, table.texts)
    away = folds == HOLDOUT
    known = target.copy()
    known[away] = np.nan if target.dtype == np.float64 else -1
    _write_row_values(directory / TARGET, known)
    _write_row_values(directory / HOLDOUT_TARGET, target[away])
    _write_row_values(directory / FOLDS, folds)
    if rows.weights is not None:
        _write_row_values(directory / WEIGHTS, rows.weights)
    if rows.units is not None:
        _write_row_values(directory / UNITS, rows.units)
    if shared is not None:
        _write_row_values(directory / SHARED, shared)
    return sha256_of(directory / FOLDS)


def publish(directory: Path, info: PreparedInfo, store: Store, attempt: int) -> Artefact:
    """Put a directory of arrays into the store under a path of its own; its manifest is written last."""
    (directory / INFO).write_text(info.to_json(), encoding="utf-8")
    digest = write_manifest(directory, {"sizes": sizes_of(directory)})
    path = f"prepared/{attempt}-{os.urandom(4).hex()}"
    store.upload_directory(directory, path)
    return Artefact(path=path, digest=digest)


def _write_texts(directory: Path, texts: Sequence[TextColumn]) -> None:
    """Write the bytes of all columns of texts, one column after the other, and the starts and ends of their rows."""
    if not texts:
        return
    before, places = 0, []
    for column in texts:
        places += [column.starts + before, column.ends + before]
        before += len(column.buffer)
    _write(directory / TEXTS, [column.buffer for column in texts], np.dtype(np.uint8), (before,))
    _write_columns(directory / TEXT_PLACES, places, np.dtype(np.int64), len(texts[0]))


def _write_columns(path: Path, columns: Sequence[NDArray[Any]], kind: np.dtype[Any], rows: int) -> None:
    """Write a matrix in Fortran order, which is its columns one after the other."""
    _write(path, columns, kind, (rows, len(columns)))


def _write_row_values(path: Path, values: NDArray[Any]) -> None:
    _write(path, [values], values.dtype, values.shape)


def _write(path: Path, pieces: Sequence[NDArray[Any]], kind: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """Write a .npy file. numpy's own writing is not used: on a full disk its error has no number and no clear text."""
    header = {"descr": kind.str, "fortran_order": len(shape) > 1, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, dtype=kind).data)
