"""Opens the data at an address as a file of this machine."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import FileSpec
from automl_api.schemes import Scheme
from automl_api.uris import Uri
from automl_runner.data.address import AddressError
from automl_runner.data.sources import Sources

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
Opened = AbstractContextManager[Path]
"""The path of a file while it is being read; the file need not exist."""


def open_data(uri: Uri, spec: FileSpec, sources: Sources) -> Opened:
    """The file at an address. Raises AddressError, and WorkFailed as stores do."""
    return DATA[uri.scheme](uri, spec, sources)


def _file(uri: Uri, spec: FileSpec, sources: Sources) -> Opened:
    del spec, sources
    return nullcontext(Path(uri.path))


def _in_claim(uri: Uri, spec: FileSpec, sources: Sources) -> Opened:
    del spec
    claims = sources.mounts.claims
    if claims is None:
        raise AddressError(f"{uri} is in a volume claim, and none is mounted here; on one machine give a file: address")
    return nullcontext(_below(claims / uri.authority, uri))


def _below(root: Path, uri: Uri) -> Path:
    path = root / uri.path
    if ".." in Path(uri.path).parts or not path.resolve().is_relative_to(root.resolve()):
        raise AddressError(f"{uri} leads out of its claim; give the path below the claim")
    return path


def _example(uri: Uri, spec: FileSpec, sources: Sources) -> Opened:
    del spec, sources
    found = {path.name.partition(".")[0]: path for path in sorted(EXAMPLES.glob("*.csv.gz"))}
    if uri.path not in found:
        names = ", ".join(f"example:{name}" for name in found)
        raise AddressError(f"there is no {uri}.{did_you_mean(uri.path, found)} There is: {names}")
    return nullcontext(found[uri.path])


def _in_bucket(uri: Uri, spec: FileSpec, sources: Sources) -> Opened:
    from automl_runner.data.bucket import copied

    return copied(uri, spec, sources)


DATA: Final[Mapping[Scheme, Callable[[Uri, FileSpec, Sources], Opened]]] = {
    "file": _file,
    "s3": _in_bucket,
    "pvc": _in_claim,
    "example": _example,
}
"""The function that opens data of each scheme."""
