"""The broker's certificate over real handshakes."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress

import pytest

from automl_operator.kube.tls import NoCertificate, ServerCertificate, read_ca
from builders.certificate_files import files_in, self_signed


@asynccontextmanager
async def serving(certificate):
    """Run a server with the certificate; yields its port."""

    async def answer(reader, writer):
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificate.context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def name_seen(port, ca=None, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    """The subject of the certificate that a client that trusts `ca` receives."""
    context = ssl.create_default_context(cafile=ca)
    context.maximum_version = newest
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("peercert")
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    return dict(pair[0] for pair in shown["subject"])["commonName"]


async def test_a_renewed_certificate_is_served_without_a_restart(tmp_path):
    files = files_in(tmp_path, "first")
    certificate = ServerCertificate(files.certificate, files.key)
    async with serving(certificate) as port:
        assert await name_seen(port, files.certificate) == "first"
        assert not certificate.refresh()
        files.write("second")
        assert certificate.refresh()
        assert await name_seen(port, files.certificate) == "second"


async def test_a_half_written_rotation_is_not_served(tmp_path):
    files = files_in(tmp_path, "first")
    certificate = ServerCertificate(files.certificate, files.key)
    trusted = tmp_path / "ca.crt"
    trusted.write_bytes(files.certificate.read_bytes())
    async with serving(certificate) as port:
        second, key = self_signed("second")
        files.certificate.write_bytes(second)
        with pytest.raises(NoCertificate, match=str(files.key)):
            certificate.refresh()
        assert await name_seen(port, trusted) == "first"
        files.key.write_bytes(key)
        assert certificate.refresh()
        assert await name_seen(port, files.certificate) == "second"


async def test_while_the_files_are_missing_the_former_certificate_is_served(tmp_path):
    files = files_in(tmp_path, "first")
    certificate = ServerCertificate(files.certificate, files.key)
    kept = files.certificate.read_bytes()
    files.certificate.unlink()
    with pytest.raises(NoCertificate):
        certificate.refresh()
    files.certificate.write_bytes(kept)
    async with serving(certificate) as port:
        assert await name_seen(port, files.certificate) == "first"


async def test_the_files_are_watched_and_a_problem_is_logged_once(tmp_path, caplog):
    files = files_in(tmp_path, "first")
    certificate = ServerCertificate(files.certificate, files.key)
    steps = iter((files.key.unlink, lambda: None, lambda: files.write("second")))

    async def sleep(seconds):
        step = next(steps, None)
        if step is None:
            raise asyncio.CancelledError
        step()

    with caplog.at_level("INFO"), pytest.raises(asyncio.CancelledError):
        await certificate.follow(sleep)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    async with serving(certificate) as port:
        assert await name_seen(port, files.certificate) == "second"


async def test_old_versions_of_tls_are_refused(tmp_path):
    files = files_in(tmp_path)
    certificate = ServerCertificate(files.certificate, files.key)
    assert certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2
    async with serving(certificate) as port:
        assert await name_seen(port, files.certificate, ssl.TLSVersion.TLSv1_2)


def test_a_certificate_that_cannot_be_served_ends_the_process_at_its_start(tmp_path):
    files = files_in(tmp_path)
    with pytest.raises(NoCertificate, match="missing"):
        ServerCertificate(tmp_path / "missing", files.key)
    files.certificate.write_bytes(self_signed("other")[0])
    with pytest.raises(NoCertificate):
        ServerCertificate(files.certificate, files.key)


def test_a_ca_file_is_read_unchanged_and_must_be_a_certificate(tmp_path):
    files = files_in(tmp_path)
    assert read_ca(files.certificate) == files.certificate.read_text()
    files.certificate.write_text("none")
    with pytest.raises(NoCertificate, match="the CA"):
        read_ca(files.certificate)
    with pytest.raises(NoCertificate, match="missing"):
        read_ca(tmp_path / "missing")
