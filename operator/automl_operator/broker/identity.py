"""A runner's identity, as the broker knows it."""

from dataclasses import dataclass

from automl_operator.decisions.state.snapshot import Key


class Unauthorized(Exception):
    """The token belongs to no live runner of a live experiment. `reason` is one of a few CamelCase words."""

    def __init__(self, message: str, *, reason: str = "UnknownRunner") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class RunnerId:
    """A runner of one experiment. `uid` is the uid of its pod, or of its local process."""

    experiment: Key
    name: str
    uid: str
