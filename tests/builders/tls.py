"""A TLS handshake in memory, to check that a client that trusts a CA accepts a certificate for a host."""

import base64
import ssl
from pathlib import Path
from typing import Any


def handshake(secret: dict[str, Any], host: str, folder: Path) -> dict[str, Any]:
    """The certificate that the client has received. Raises ssl.SSLCertVerificationError when the client rejects it."""
    files = {name: folder / name for name in ("tls.crt", "tls.key", "ca.crt")}
    for name, file in files.items():
        file.write_bytes(base64.b64decode(secret["data"][name]))
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(files["tls.crt"], files["tls.key"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_context = ssl.create_default_context(cafile=str(files["ca.crt"]))
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    _alternate(client, server)
    return dict(client.getpeercert() or {})


def _alternate(*sides: ssl.SSLObject) -> None:
    waiting = list(sides)
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
