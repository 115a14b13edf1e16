"""What the loop tells of itself; whoever counts or writes a log's context implements it."""

from typing import Literal, Protocol

from automl_operator.decisions.state.snapshot import Key

DecisionOutcome = Literal["success", "superseded", "unavailable", "error"]


class ControllerObserver(Protocol):
    """Called on the event loop, so it must not wait. `begins` and what follows happen in one task."""

    def added(self, key: Key) -> None:
        """An experiment is to be reconciled."""
        ...

    def begins(self, key: Key) -> None:
        """Its turn has come."""
        ...

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """How its reconcile ended."""
        ...


class UnobservedController:
    """The observer that does not look."""

    def added(self, key: Key) -> None:
        """Nothing."""

    def begins(self, key: Key) -> None:
        """Nothing."""

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """Nothing."""
