"""A failed attempt at a piece of work: what has gone wrong, where, and who is to blame."""

from dataclasses import dataclass

from automl_api.resources.trial import FailureClass

STORE_FULL = "StoreFull"
MESSAGE = 4096
"""The most characters of a message that are kept."""


@dataclass(frozen=True)
class AttemptFailure:
    """A failure of an assignment, or the loss of its runner; `pool` is where it happened, if that is known.

    `alone`: the runner reported it, and lives on.
    """

    failure_class: FailureClass
    reason: str
    message: str
    pool: str = ""
    alone: bool = False

    @property
    def short_of_memory(self) -> bool:
        """Whether the work needed more memory or disk than its runner had; a full store is nobody's fault."""
        return self.failure_class == "resources" and self.reason != STORE_FULL
