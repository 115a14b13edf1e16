"""The greatest lengths of a reason and of a message in a status, in characters."""

from typing import Final

MAX_REASON: Final = 128
MAX_MESSAGE: Final = 4096
