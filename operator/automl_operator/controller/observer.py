"""The interface through which the loop reports its progress, for metrics and for the context of logs."""

from typing import Literal, Protocol

from automl_operator.decisions.state.snapshot import Key

DecisionOutcome = Literal["success", "superseded", "unavailable", "error"]


class ControllerObserver(Protocol):
    """Called on the event loop, so it must not block. All calls from `begins` on come from one task."""

    def added(self, key: Key) -> None:
        """An experiment is scheduled to be reconciled."""
        ...

    def begins(self, key: Key) -> None:
        """Its reconcile begins."""
        ...

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """Its reconcile has ended."""
        ...


class UnobservedController:
    """The observer that does nothing."""

    def added(self, key: Key) -> None:
        """Do nothing."""

    def begins(self, key: Key) -> None:
        """Do nothing."""

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """Do nothing."""
