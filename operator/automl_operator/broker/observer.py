"""What the broker tells of its calls; whoever counts or writes a log's context implements it."""

from typing import Protocol

from automl_api.protocol import Result
from automl_operator.broker.identity import RunnerId


class BrokerObserver(Protocol):
    """Called on the event loop, so it must not wait. What belongs to one call happens in one task, call after call."""

    def arrived(self, path: str) -> None:
        """A call begins."""
        ...

    def identified(self, runner: RunnerId) -> None:
        """Its caller is known."""
        ...

    def result_received(self, runner: RunnerId, result: Result) -> None:
        """A result came that was not known yet."""
        ...

    def answered(self, path: str, status: int, refusal: str) -> None:
        """How the call ended; `refusal` is one CamelCase word, empty for a call that was served. 499: the caller left."""
        ...

    def turned_away(self, reason: str) -> None:
        """A connection was not let in; `reason` is one CamelCase word."""
        ...


class UnobservedBroker:
    """The observer that does not look."""

    def arrived(self, path: str) -> None:
        """Nothing."""

    def identified(self, runner: RunnerId) -> None:
        """Nothing."""

    def result_received(self, runner: RunnerId, result: Result) -> None:
        """Nothing."""

    def answered(self, path: str, status: int, refusal: str) -> None:
        """Nothing."""

    def turned_away(self, reason: str) -> None:
        """Nothing."""
