"""Tells a text's encoding: UTF-8, UTF-16, or Windows-1252 (which Latin-1 is a part of); what cannot be told is an error.

Every byte is looked at, because one name in row 40,000 decides; guessing wrong would train on garbled categories.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.tables.errors import TableError

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UNDEFINED_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_CONTROL = np.array([byte < 0x20 and byte not in b"\t\n\r\x0c\x1b" for byte in range(256)])
_HIGH = 0x80


def detect_encoding(first: bytes, chunks: Iterable[bytes], name: str) -> str:
    """The codec of a text, from its first bytes and then from all. Raises TableError: binary, or it cannot be told."""
    for bom, encoding in _BOMS:
        if first.startswith(bom):
            return encoding
    if encoding_16 := _utf16_without_bom(first):
        return encoding_16
    scan = _scan(chunks)
    if scan.control:
        raise TableError(f"{name} is a binary file and no table; give a csv, parquet, arrow or json lines file")
    if scan.utf8:
        return "utf-8"
    if scan.undefined or scan.crowded * 2 > scan.high:
        raise TableError(
            f"{name}: its encoding cannot be told (line {scan.line} is not UTF-8); save it as UTF-8 and try again"
        )
    return "cp1252"


@dataclass
class _Scan:
    """What the bytes of a text are like; `crowded` counts high bytes beside another one, rare in Western texts."""

    utf8: bool = True
    control: bool = False
    undefined: bool = False
    high: int = 0
    crowded: int = 0
    line: int = 1


def _scan(chunks: Iterable[bytes]) -> _Scan:
    scan = _Scan()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chunks:
        _decode(scan, decoder, chunk)
        _count(scan, np.frombuffer(chunk, np.uint8))
    _decode(scan, decoder, b"", final=True)
    return scan


def _decode(scan: _Scan, decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> None:
    if not scan.utf8:
        return
    try:
        decoder.decode(chunk, final)
        scan.line += chunk.count(b"\n")
    except UnicodeDecodeError as error:
        scan.utf8 = False
        scan.line += error.object[: error.start].count(b"\n")


def _count(scan: _Scan, values: NDArray[np.uint8]) -> None:
    counts = np.bincount(values, minlength=256)
    scan.control = scan.control or bool(counts[_CONTROL].any())
    scan.undefined = scan.undefined or bool(counts[list(_UNDEFINED_IN_CP1252)].any())
    if counts[_HIGH:].any():
        high = values >= _HIGH
        scan.high += int(high.sum())
        beside = np.zeros_like(high)
        beside[1:] |= high[:-1]
        beside[:-1] |= high[1:]
        scan.crowded += int((high & beside).sum())


def _utf16_without_bom(first: bytes) -> str:
    """Western text in UTF-16 has a zero in every second byte."""
    values = np.frombuffer(first[: len(first) // 2 * 2], np.uint8).reshape(-1, 2)
    if not len(values):
        return ""
    zero_first, zero_second = (values == 0).mean(axis=0)
    if zero_second > 0.5 and zero_first < 0.05:
        return "utf-16-le"
    if zero_first > 0.5 and zero_second < 0.05:
        return "utf-16-be"
    return ""
