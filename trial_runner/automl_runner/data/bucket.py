"""Copies data in a bucket to this machine for as long as it is being read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from automl_api.resources.experiment import FileSpec
from automl_api.uris import Uri
from automl_runner.data.address import AddressError
from automl_runner.data.sources import Sources
from automl_runner.store.bucket import BucketStore
from automl_runner.store.s3 import OF_DATA, S3Bucket


@contextmanager
def copied(uri: Uri, spec: FileSpec, sources: Sources) -> Iterator[Path]:
    """A local file with the object's bytes and name. Raises AddressError, and WorkFailed as stores do."""
    if ".." in PurePosixPath(uri.path).parts:
        raise AddressError(f'{uri} has ".." in its path; give the address as it is')
    store = sources.store
    bucket = S3Bucket(uri.authority, store.endpoint, store.region, spec.secret_ref or store.secret_ref, OF_DATA)
    files = bucket.connect(sources.mounts)
    folder, _, name = uri.path.rpartition("/")
    root = f"{uri.authority}/{folder}".rstrip("/")
    place = BucketStore(
        files, root, f"{uri.descriptor.prefix}{root}", message_of=bucket.message_of, cache=sources.mounts.cache
    )
    try:
        yield place.local_file(name, "")
    except FileNotFoundError as missing:
        raise AddressError(_missing(uri, place, name)) from missing
    finally:
        place.close()


def _missing(uri: Uri, place: BucketStore, name: str) -> str:
    if place.exists(name):
        return f"{uri} is a folder; give one file"
    return f"there is no file {uri}; is the address right, and the bucket's name?"
