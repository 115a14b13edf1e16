"""Files in a bucket, through pyarrow.fs. Credentials come from the environment, or from this machine's AWS setup."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from automl.errors import UserError
from automl_api.schemes import S3, S3_KEYS, first_set
from automl_api.uris import Uri

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class BucketEndpoint:
    """The server of a bucket: empty means AWS, and the bucket's own region."""

    endpoint: str = ""
    region: str = ""


def upload(bucket: BucketEndpoint, file: BinaryIO, size: int, target: Uri, sent: Callable[[int], None]) -> bool:
    """Upload a file to an address. Returns False where it was there already. Raises UserError.

    `sent` gets the number of bytes so far.
    """
    from pyarrow.fs import FileType

    with _message_of(target):
        files, key = _files(bucket), _key(target)
        info = files.get_file_info(key)
        if info.type == FileType.File and info.size == size:
            return False
        try:
            with files.open_output_stream(key) as stream:
                done = 0
                while chunk := file.read(CHUNK_BYTES):
                    stream.write(chunk)
                    done += len(chunk)
                    sent(done)
        except BaseException:
            # Closing the stream has made an object of the bytes so far.
            files.delete_file(key)
            raise
    if done != size:
        raise UserError("the file changed while it was read; run the command again")
    return True


def read(bucket: BucketEndpoint, source: Uri) -> Iterator[bytes]:
    """A file's bytes, in pieces. Raises UserError."""
    with _message_of(source), _files(bucket).open_input_stream(_key(source)) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield bytes(chunk)


def _files(bucket: BucketEndpoint) -> Any:
    from pyarrow.fs import S3FileSystem

    endpoint = bucket.endpoint or first_set(S3.endpoint_variables, os.environ)
    region = bucket.region or first_set(S3.region_variables, os.environ)
    options: dict[str, Any] = {"region": region} if region else {}
    if endpoint:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        options |= {"endpoint_override": parts.netloc + parts.path.rstrip("/"), "scheme": parts.scheme}
        options.setdefault("region", "us-east-1")
    return S3FileSystem(**options)


def _key(uri: Uri) -> str:
    return f"{uri.authority}/{uri.path}"


@contextmanager
def _message_of(uri: Uri) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"pyarrow is not installed, which {uri.descriptor.prefix} needs; pip install 'automl-operator[predict]'"
        ) from error
    except OSError as error:
        raise UserError(
            f"{uri} cannot be reached: {error}; credentials are taken from {S3_KEYS.text}, "
            "or from what AWS has set up on this machine"
        ) from error
