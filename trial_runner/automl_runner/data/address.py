"""The error of a data address, and the name of data in messages."""

from pathlib import Path

from automl_api.uris import Uri


class AddressError(ValueError):
    """The address leads to nothing that can be read here; the message says what to do."""


def display_name(uri: Uri) -> str:
    """The name of the data in messages: a local file's name, else the whole address."""
    return Path(uri.path).name or str(uri) if uri.descriptor.access == "local" else str(uri)
