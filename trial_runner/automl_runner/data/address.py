"""Addresses of data to files of this machine."""

from pathlib import Path

from automl_api.did_you_mean import did_you_mean
from automl_api.uris import Uri

EXAMPLES = Path(__file__).parent.parent / "examples"


class AddressError(ValueError):
    """The address leads to nothing that can be read here; the message says what to do."""


def local_path(uri: Uri, claims: Path | None) -> Path:
    """The file that an address means, unless it is in a bucket; it need not exist. Raises AddressError."""
    if uri.scheme == "file":
        return Path(uri.path)
    if uri.scheme == "example":
        return _example(uri.path)
    if claims is None:
        raise AddressError(f"{uri} is in a volume claim, and none is mounted here; on one machine give a file: address")
    return _below(claims / uri.authority, uri)


def display_name(uri: Uri) -> str:
    """What messages call the file: short for files, whole for other addresses."""
    return Path(uri.path).name or str(uri) if uri.scheme == "file" else str(uri)


def _below(root: Path, uri: Uri) -> Path:
    path = root / uri.path
    if ".." in Path(uri.path).parts or not path.resolve().is_relative_to(root.resolve()):
        raise AddressError(f"{uri} leads out of its claim; give the path below the claim")
    return path


def _example(name: str) -> Path:
    found = {path.name.partition(".")[0]: path for path in sorted(EXAMPLES.glob("*.csv.gz"))}
    if name not in found:
        raise AddressError(
            f"there is no example:{name}.{did_you_mean(name, found)} There is: {', '.join(f'example:{one}' for one in found)}"
        )
    return found[name]
