"""What is said of addresses of data."""

from pathlib import Path

from automl_api.uris import Uri


class AddressError(ValueError):
    """The address leads to nothing that can be read here; the message says what to do."""


def display_name(uri: Uri) -> str:
    """What messages call the file: its name for one of this machine, else the whole address."""
    return Path(uri.path).name or str(uri) if uri.descriptor.access == "local" else str(uri)
