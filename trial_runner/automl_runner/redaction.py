"""Keeps secrets out of messages and logs: credentials of the environment, and passwords in addresses."""

import os
import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|ACCESS_KEY|CREDENTIAL", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_SHORTEST = 6


def redact(text: str, variables: Mapping[str, str] = os.environ) -> str:
    """The text with the values of secret variables and `user:password@` of addresses replaced by `***`."""
    for name, value in variables.items():
        if len(value) >= _SHORTEST and _SECRET_NAME.search(name) and not name.endswith("_FILE"):
            text = text.replace(value, "***")
    return _USER_INFO.sub("***", text)
