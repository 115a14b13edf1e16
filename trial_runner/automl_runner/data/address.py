"""Addresses of data to files of this machine."""

from pathlib import Path

from automl_api.uris import Uri
from automl_model.encoding.words import did_you_mean

CLAIMS = Path("/automl/claims")
"""Where runners mount volume claims, each by its name."""
EXAMPLES = Path(__file__).parent.parent / "examples"


class AddressError(ValueError):
    """The address leads to nothing that this version can read; the message says what to do."""


def local_path(uri: Uri, claims: Path = CLAIMS) -> Path:
    """The file that an address means; it need not exist. Raises AddressError."""
    if uri.scheme == "file":
        return Path(uri.path)
    if uri.scheme == "pvc":
        return _below(claims / uri.authority, uri)
    if uri.scheme == "example":
        return _example(uri.path)
    raise AddressError(f"{uri}: data in a bucket is read from version 0.2 on; give a file:, pvc:// or example: address")


def display_name(uri: Uri) -> str:
    """What messages call the file: short for files, whole for other addresses."""
    return Path(uri.path).name or str(uri) if uri.scheme == "file" else str(uri)


def _below(root: Path, uri: Uri) -> Path:
    path = root / uri.path
    if ".." in Path(uri.path).parts:
        raise AddressError(f'{uri} leads out of its claim by ".."; give the path below the claim')
    return path


def _example(name: str) -> Path:
    found = {path.name.partition(".")[0]: path for path in sorted(EXAMPLES.glob("*.csv.gz"))}
    if name not in found:
        raise AddressError(
            f"there is no example:{name}.{did_you_mean(name, found)} There is: {', '.join(f'example:{one}' for one in found)}"
        )
    return found[name]
