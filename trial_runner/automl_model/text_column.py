"""A column of texts as one buffer of bytes and the place of each row's text in it, so that rows are never copied.

Rows with the same text share their bytes. The buffer may be a memory map that many processes share.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CHARACTERS = 20_000
"""The characters that are kept of a cell. More of them cost time and memory, and tell little that is new."""


@dataclass(frozen=True)
class TextColumn:
    """Texts in UTF-8: row k is `buffer[starts[k]:ends[k]]`; a missing text is empty.

    buffer: uint8. starts, ends: int64, shape (rows,).
    """

    buffer: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: list[str]) -> "TextColumn":
        """A column of these texts."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
        starts = np.append(np.zeros(1, np.int64), ends[:-1])[: len(ends)]
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts, ends)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def constant(self) -> bool:
        """True when all rows have the same text, which shares its bytes."""
        return bool((self.identities == self.identities[:1]).all())

    @property
    def identities(self) -> NDArray[np.int64]:
        """A number that rows share if they share the bytes of their text; -1 for an empty one."""
        return np.where(self.ends > self.starts, self.starts, -1)

    @property
    def bytes(self) -> int:
        """The bytes of all rows' texts together."""
        return int((self.ends - self.starts).sum())

    def take(self, rows: NDArray[np.int64] | slice) -> "TextColumn":
        """Some of the rows; they share the buffer."""
        return TextColumn(self.buffer, np.asarray(self.starts[rows]), np.asarray(self.ends[rows]))

    def texts(self) -> list[str]:
        """The text of each row."""
        cells = self.buffer.data
        places = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [str(cells[start:end], "utf-8", "replace") for start, end in places]

    def blocks(self, most_bytes: int, most_rows: int) -> Iterator["TextColumn"]:
        """The rows in order, in blocks of at most this many rows and, beyond one row, this many bytes."""
        lengths = np.cumsum(self.ends - self.starts)
        start, before = 0, 0
        while start < len(self):
            end = int(np.searchsorted(lengths, before + most_bytes, side="right"))
            end = min(max(end, start + 1), start + most_rows, len(self))
            yield self.take(slice(start, end))
            start, before = end, int(lengths[end - 1])
