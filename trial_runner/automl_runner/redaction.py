"""Keeps secrets out of messages and logs: credentials of the environment and of mounts, passwords in addresses."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from automl_api.environment_names import SECRETS_DIRECTORY

_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|ACCESS_KEY|CREDENTIAL", re.IGNORECASE)
_NAMES_A_PLACE = ("_FILE", "_DIRECTORY")
_USER_INFO = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_SHORTEST = 6


def redact(text: str, variables: Mapping[str, str] = os.environ) -> str:
    """The text with the values of secret variables, mounted keys, and `user:password@` of addresses as `***`."""
    for value in (*_of_variables(variables), *_of_mounts(variables.get(SECRETS_DIRECTORY, ""))):
        if len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return _USER_INFO.sub("***", text)


def _of_variables(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if _SECRET_NAME.search(name) and not name.endswith(_NAMES_A_PLACE):
            yield value


def _of_mounts(directory: str) -> Iterator[str]:
    """The mounted keys. They are read each time, because they may be rotated; a runner's log has few lines."""
    if directory:
        for file in Path(directory).glob("*/[!.]*"):
            try:
                yield file.read_text().strip()
            except (OSError, UnicodeDecodeError):
                continue  # A file that cannot be read as text is not printed as text either.
