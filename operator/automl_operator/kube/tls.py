"""The broker's certificate. It is read again when its files change, so that a rotation needs no restart."""

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 10.0
"""The interval at which the files are read; the kubelet updates a changed Secret's files within a minute or two."""

_log = logging.getLogger(__name__)


class NoCertificate(Exception):
    """The certificate or its key is missing or unreadable, or the two do not belong together."""


def read_ca(file: Path) -> str:
    """The CA certificates in PEM that runners verify the broker with. Raises NoCertificate."""
    try:
        text = file.read_text()
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as error:
        raise NoCertificate(f"the CA {file}: {error}") from error
    return text


class ServerCertificate:
    """`context` has the newest valid certificate; open connections keep the one that they began with."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read the files. Raises NoCertificate."""
        self._certificate = certificate
        self._key = key
        self.context = _context()
        self._seen = self._digest()
        self._load()

    def refresh(self) -> bool:
        """Load the files if they have changed, and return whether they have. Raises NoCertificate."""
        found = self._digest()
        if found == self._seen:
            return False
        self._load()
        self._seen = found
        return True

    async def follow(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Refresh for ever. An unreadable certificate is logged once, and the broker keeps the previous one."""
        logged = ""
        while True:
            await sleep(LOOK_SECONDS)
            try:
                if self.refresh():
                    _log.info("the broker's certificate was reloaded from %s", self._certificate)
                logged = ""
            except NoCertificate as error:
                if str(error) != logged:
                    _log.warning("the broker keeps its previous certificate: %s", error)
                logged = str(error)

    def _load(self) -> None:
        # The first context is a trial: a half-written rotation must not replace a valid certificate.
        for context in (_context(), self.context):
            try:
                context.load_cert_chain(self._certificate, self._key)
            except (OSError, ValueError) as error:
                raise NoCertificate(f"{self._certificate} with the key {self._key}: {error}") from error

    def _digest(self) -> bytes:
        try:
            return hashlib.sha256(self._certificate.read_bytes() + b"\0" + self._key.read_bytes()).digest()
        except OSError as error:
            raise NoCertificate(str(error)) from error


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
