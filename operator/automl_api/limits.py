"""How long a reason and a message may be, in characters, wherever a status keeps them."""

from typing import Final

MAX_REASON: Final = 128
MAX_MESSAGE: Final = 4096
