"""Arrays in npz files, read without pickle and written so that equal arrays give equal bytes."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.files import json_bytes, write_bytes

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to an npz file, compressed, without the time of writing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), member.getvalue(), zipfile.ZIP_DEFLATED, 1)
    write_bytes(path, buffer.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file. Raises ValueError for one that holds Python objects."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array to an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a JSON object."""
    write_bytes(path, json_bytes(dict(facts)))


def read_facts(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises ValueError when the file holds something else."""
    facts = json.loads(path.read_bytes())
    if not isinstance(facts, dict):
        raise ValueError(f"{path} holds no JSON object")  # noqa: TRY004 - the file is wrong, not an argument
    return facts
