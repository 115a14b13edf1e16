"""Statistics over all bytes of a text, for detecting its encoding; their size is bounded however large the file is."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_CONTROL = np.array([byte < 0x20 and byte not in b"\t\n\r\x0c\x1b" for byte in range(256)])
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS = 20_000
_MOST_LINE_BYTES = 1 << 16


@dataclass
class ByteStatistics:
    """Statistics of the bytes of a text that is not UTF-8.

    present: the bytes that occur. words, lines: distinct ones beyond ASCII, up to a bound.
    several: the multi-byte codecs that read the whole text.
    """

    present: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(256, np.bool_))
    words: dict[bytes, None] = field(default_factory=dict)
    lines: dict[bytes, None] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)

    def read_by(self, codec: str) -> bool:
        """True when a codec of single bytes has a letter for every byte that occurs."""
        try:
            np.flatnonzero(self.present).astype(np.uint8).tobytes().decode(codec)
        except UnicodeDecodeError:
            return False
        return True


def first_strange_line(chunks: Iterable[bytes], codec: str) -> int:
    """The number of the first line that a codec cannot read; 0 if it reads all of them."""
    decoder, line = codecs.getincrementaldecoder(codec)(), 1
    try:
        for chunk in chunks:
            decoder.decode(chunk)
            line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + bytes(error.object[: error.start]).count(b"\n")
    except UnicodeError:  # UTF-16 raises this for a text without a byte order mark
        return line
    return 0


def is_binary(chunks: Iterable[bytes]) -> bool:
    """True when there are control bytes that no text has."""
    return any(_present(chunk)[_CONTROL].any() for chunk in chunks)


def gather(chunks: Iterable[bytes], several: Iterable[str]) -> ByteStatistics:
    """The statistics of all bytes. `several`: the multi-byte codecs to try."""
    evidence = ByteStatistics()
    decoders = {name: codecs.getincrementaldecoder(name)() for name in several}
    rest, size = b"", 0
    for chunk in chunks:
        evidence.present |= _present(chunk)
        decoders = {name: decoder for name, decoder in decoders.items() if _reads(decoder, chunk)}
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[-_MOST_LINE_BYTES:]
        size = _keep(evidence, lines, size)
    _keep(evidence, [rest], size)
    evidence.several = {name for name, decoder in decoders.items() if _reads(decoder, b"", final=True)}
    return evidence


def _present(chunk: bytes) -> NDArray[np.bool_]:
    return np.bincount(np.frombuffer(chunk, np.uint8), minlength=256) > 0


def _reads(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _keep(evidence: ByteStatistics, lines: list[bytes], size: int) -> int:
    """Keep distinct words and lines up to the bounds; returns the size in bytes of all lines kept."""
    for line in lines:
        if line.isascii():
            continue
        if len(evidence.words) < _MOST_WORDS:
            evidence.words.update(dict.fromkeys(_WORD.findall(line)))
        if size < _MOST_LINE_BYTES and line not in evidence.lines:
            evidence.lines[line[:1024]] = None
            size += len(line)
    return size
