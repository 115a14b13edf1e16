"""A table that was given as an object, kept as a file whose name is its content's digest: other data, another question."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

from automl.errors import UserError
from automl.header import check_names


def frame_path(frame: Any, folder: Path) -> Path:
    """Where a DataFrame lies below a run's folder, once it is stored. Raises UserError for what is no table."""
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        raise UserError(f"data is a {type(frame).__name__}; give a pandas DataFrame or a file's path")
    unnamed = [name for name in frame.columns if not isinstance(name, str)]
    if unnamed:
        raise UserError(
            f"the column name {unnamed[0]!r} is no text; rename it: frame.columns = frame.columns.astype(str)"
        )
    return folder.absolute() / "data" / f"{_digest(frame)}.parquet"


def store_frame(frame: Any, path: Path, wanted: tuple[str, ...]) -> None:
    """Write a DataFrame, without its index, unless it is there. Raises UserError where it lacks a wanted column, or
    where the folder is not a run's."""
    from automl_operator.local.errors import RunRefused
    from automl_operator.local.opening import check_place
    from automl_operator.local.place import Place

    check_names((tuple(frame.columns),), "data", wanted)
    try:
        check_place(Place(path.parents[1]))
    except RunRefused as error:
        raise UserError(str(error)) from error
    if not path.exists():
        _write(frame, path)


def _digest(frame: Any) -> str:
    import pandas

    digest = hashlib.sha256(repr([(name, str(kind)) for name, kind in frame.dtypes.items()]).encode())
    try:
        digest.update(pandas.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    except TypeError as error:
        raise UserError(f"the data has values that cannot be compared, lists perhaps: {error}") from error
    return digest.hexdigest()[:16]


def _write(frame: Any, path: Path) -> None:
    from pyarrow import ArrowException

    from automl_operator.local.files import make_private

    temporary = path.with_name(f".writing-{secrets.token_hex(4)}.parquet")
    try:
        make_private(path.parent)
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    except (ArrowException, ValueError) as error:
        raise UserError(f"the data cannot be stored as parquet: {error}") from error
    except OSError as error:
        raise UserError(f"{path.parent} cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
