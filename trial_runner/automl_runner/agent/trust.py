"""Whom to take for the broker: the certificate authority of a mounted file, read again when it was changed."""

import ssl
from pathlib import Path


class Trust:
    """`ca`: a file of certificates, or nothing for the machine's own."""

    def __init__(self, ca: str) -> None:
        self._file = Path(ca) if ca else None
        self._read = b""
        self._context: ssl.SSLContext | bool = True

    def context(self) -> ssl.SSLContext | bool:
        """For aiohttp: the same object until the file is another. Raises OSError for one that holds no certificate."""
        if self._file is not None and (data := self._file.read_bytes()) != self._read:
            self._context = ssl.create_default_context(cadata=data.decode("ascii", errors="replace"))
            self._read = data
        return self._context
