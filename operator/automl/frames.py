"""Store a DataFrame as a file, in a folder that is named by the digest of the content.

So other data has another address, which makes it another experiment.
"""

import hashlib
import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl.data_preview import check_names
from automl.errors import UserError

FILE = "data"
"""The usual name of a stored table's file, which messages show as the table's name."""


@dataclass(frozen=True)
class GivenData:
    """Labelled rows that a caller gave: the address of a file, or a DataFrame's table and the file for it."""

    address: str
    table: Any = None

    def store(self, wanted: tuple[str, ...]) -> None:
        """Write a DataFrame's table; see `store_frame`."""
        if self.table is not None:
            store_frame(self.table, Path(self.address), wanted)


def given_data(data: Any, folder: Path, name: str) -> GivenData:
    """A DataFrame, which will be stored in a run's folder under a name, or an address. Raises as `frame_table` does."""
    if isinstance(data, str | os.PathLike):
        return GivenData(os.fspath(data))
    table = frame_table(data, name)
    return GivenData(str(frame_path(table, folder, name)), table)


def frame_table(frame: Any, name: str = FILE) -> Any:
    """A DataFrame as an arrow table, without its index. Raises UserError for other objects and unreadable columns."""
    import pandas

    from automl_model import ReadingWarning
    from automl_model.tables import TableError, table_of

    if not isinstance(frame, pandas.DataFrame):
        raise UserError(f"{name} is a {type(frame).__name__}; give a pandas DataFrame or a file's path")
    try:
        table = table_of(frame, name)
    except TableError as error:
        raise UserError(str(error)) from error
    if named := [str(name) for name in frame.index.names if name is not None]:
        message = f'the index "{named[0]}" is left out; to learn from it, make columns of it: {name}.reset_index()'
        warnings.warn(message, ReadingWarning, stacklevel=4)
    return table


def frame_path(table: Any, folder: Path, name: str = FILE) -> Path:
    """The path of a stored table below a run's folder."""
    return folder.absolute() / "data" / _digest(table) / name


def store_frame(table: Any, path: Path, wanted: tuple[str, ...]) -> None:
    """Write a table unless it is there already.

    Raises UserError where the table lacks a wanted column, or where the folder is not a run's.
    """
    from automl_operator.local.errors import RunRefused
    from automl_operator.local.opening import check_place
    from automl_operator.local.run_folder import RunFolder

    check_names((tuple(table.column_names),), path.name, wanted)
    try:
        check_place(RunFolder(path.parents[2]))
    except RunRefused as error:
        raise UserError(str(error)) from error
    if not path.exists():
        _write(table, path)


def _digest(table: Any) -> str:
    """A digest that is equal for equal values, whatever bytes are in memory for missing values."""
    import pandas

    types = [(field.name, str(field.type)) for field in table.schema]
    digest = hashlib.sha256(repr((types, sorted((table.schema.metadata or {}).items()))).encode())
    for column in table.columns:
        try:
            hashed = pandas.util.hash_pandas_object(column.to_pandas(), index=False).to_numpy().tobytes()
        except TypeError:  # lists and the like
            hashed = repr(column.to_pylist()).encode()
        digest.update(hashed)
    return digest.hexdigest()[:16]


def _write(table: Any, path: Path) -> None:
    from pyarrow import feather

    from automl_operator.local.files import make_private

    temporary = path.with_name(f".writing-{secrets.token_hex(4)}")
    try:
        make_private(path.parent)
        feather.write_feather(table, temporary)
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"{path.parent} cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
