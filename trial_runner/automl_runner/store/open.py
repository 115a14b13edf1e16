"""Opens the store at an address."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from automl_api import reasons
from automl_api.resources.experiment import StoreSpec
from automl_api.schemes import STORE_FORMS, Scheme
from automl_api.uris import Uri, parse_uri
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.store.directory import DirectoryStore
from automl_runner.store.store import Store


def open_store(spec: StoreSpec, mounts: Mounts) -> Store:
    """The store that a spec names. A missing directory is made, a missing bucket is not.

    Raises ValueError for an address that names no store, and WorkFailed (StoreMissing, StoreRefused, StoreFull).
    """
    if spec.uri is None:
        raise ValueError("the experiment names no store; set spec.store.uri")
    uri = parse_uri(spec.uri)
    if uri.scheme not in STORES:
        raise ValueError(f'"{spec.uri}" is not a store; write {STORE_FORMS}')
    return STORES[uri.scheme](uri, spec, mounts)


def _in_directory(uri: Uri, spec: StoreSpec, mounts: Mounts) -> Store:
    del spec, mounts
    return DirectoryStore(Path(uri.path).absolute())


def _in_claim(uri: Uri, spec: StoreSpec, mounts: Mounts) -> Store:
    del spec
    return DirectoryStore(_below_claim(uri, mounts), str(uri).rstrip("/"))


def _below_claim(uri: Uri, mounts: Mounts) -> Path:
    if ".." in Path(uri.path).parts:
        raise WorkFailed(
            "program", reasons.SPEC_INVALID, f'{uri} leads out of its claim by ".."; give the path below the claim'
        )
    if mounts.claims is None or not (mounts.claims / uri.authority).is_dir():
        raise WorkFailed(
            "program", reasons.STORE_MISSING, f"the volume claim {uri.authority} is not mounted here ({uri})"
        )
    return mounts.claims / uri.authority / uri.path


def _in_bucket(uri: Uri, spec: StoreSpec, mounts: Mounts) -> Store:
    from automl_runner.store.bucket import BucketStore
    from automl_runner.store.s3 import bucket_of

    bucket = bucket_of(uri.authority, spec)
    prefix = "/".join(part for part in uri.path.split("/") if part)
    if ".." in prefix.split("/"):
        raise WorkFailed("program", reasons.SPEC_INVALID, f'{uri} has ".." in its path; give the prefix as it is')
    root = f"{uri.authority}/{prefix}".rstrip("/")
    files = bucket.connect(mounts)
    return BucketStore(files, root, f"{uri.descriptor.prefix}{root}", message_of=bucket.message_of, cache=mounts.cache)


STORES: Final[Mapping[Scheme, Callable[[Uri, StoreSpec, Mounts], Store]]] = {
    "file": _in_directory,
    "pvc": _in_claim,
    "s3": _in_bucket,
}
"""The function that opens a store of each scheme."""
