"""Arrays in npz files: read without pickle, and written so that equal arrays give equal bytes."""

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.files import MOST_BYTES, json_bytes, read_bytes, read_json, write_bytes

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_ARRAYS = 10_000
_HEADER = re.compile(
    rb"\{'descr': '([<|](?:f[48]|[iu][1248]))', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,12}(?:,|, \d{1,12}){0,3})?)\), \} *\n"
)
_BROKEN = (
    ValueError, OverflowError, EOFError, NotImplementedError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_MAGIC = b"\x93NUMPY\x01\x00"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays of numbers to a compressed npz file, with a fixed timestamp."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(arrays[name]), (1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), member.getvalue(), zipfile.ZIP_DEFLATED, 1)
    write_bytes(path, buffer.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file that `write_arrays` wrote. Raises ValueError, naming the file, for any other."""
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            _check_contents(archive)
            return {info.filename.removesuffix(".npy"): _array(archive.read(info)) for info in archive.infolist()}
    except _BROKEN as unreadable:
        raise ValueError(f"{path} holds no arrays of numbers: {unreadable}") from unreadable


def unpacked_bytes(path: Path) -> int:
    """The unpacked size of an npz file in bytes, from its table of contents. Raises ValueError if it is unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist())
    except _BROKEN as unreadable:
        raise ValueError(f"{path} holds no arrays of numbers: {unreadable}") from unreadable


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Check an archive before unpacking it: the sizes that it declares also limit how much is read."""
    found = archive.infolist()
    if sum(info.file_size for info in found) > MOST_BYTES or len(found) > _MOST_ARRAYS:
        raise ValueError(f"more than {_MOST_ARRAYS} arrays or {MOST_BYTES} bytes")
    kinds = {
        (info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)) and not info.flag_bits for info in found
    }
    if kinds - {True} or len({info.filename for info in found}) < len(found):
        raise ValueError("the archive is compressed in another way, or has a name twice")


def _array(data: bytes) -> NDArray[Any]:
    """An array from numpy's own format; the header is parsed, never evaluated."""
    begin = len(_MAGIC) + 2
    end = begin + int.from_bytes(data[len(_MAGIC) : begin], "little")
    header = _HEADER.fullmatch(data[begin:end])
    if not data.startswith(_MAGIC) or header is None:
        raise ValueError("an array is not of numbers, or not in numpy's format 1.0")
    kind, shape = np.dtype(header[1].decode()), tuple(int(size) for size in header[3].split(b",") if size.strip())
    if len(data) - end != math.prod(shape) * kind.itemsize:
        raise ValueError("an array is cut short")
    return np.frombuffer(data, kind, offset=end).reshape(shape, order="F" if header[2] == b"True" else "C")


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
    facts = read_json(path)
    if not isinstance(facts, dict):
        raise ValueError(f"{path} holds no JSON object")  # noqa: TRY004 - the file is wrong, not an argument
    return facts
