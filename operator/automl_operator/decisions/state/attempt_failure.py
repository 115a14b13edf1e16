"""A failed attempt at a piece of work: what went wrong, where, and whose fault it is."""

from dataclasses import dataclass

from automl_api import reasons
from automl_api.resources.trial import FailureClass


@dataclass(frozen=True)
class AttemptFailure:
    """A failure of an assignment, or the loss of its runner. `pool` is the runner's pool, where it is known.

    `alone` is True when the runner itself reported the failure and goes on.
    """

    failure_class: FailureClass
    reason: str
    message: str
    pool: str = ""
    alone: bool = False

    @property
    def short_of_memory(self) -> bool:
        """True when the work needed more memory or disk than its runner had. A full store does not count."""
        return self.failure_class == "resources" and self.reason != reasons.STORE_FULL
