"""The interface through which the broker reports its calls, for metrics and for the context of logs."""

from typing import Protocol

from automl_api.protocol import Result
from automl_operator.broker.identity import RunnerId


class BrokerObserver(Protocol):
    """Called on the event loop, so it must not block. The calls that concern one request come from one task."""

    def arrived(self, path: str) -> None:
        """A request begins."""
        ...

    def identified(self, runner: RunnerId) -> None:
        """The caller of the request is known."""
        ...

    def result_received(self, runner: RunnerId, result: Result) -> None:
        """A new result was received."""
        ...

    def answered(self, path: str, status: int, refusal: str) -> None:
        """The request has ended. `refusal` is one CamelCase word, empty if served. Status 499: the caller left."""
        ...

    def turned_away(self, reason: str) -> None:
        """A connection was refused; `reason` is one CamelCase word."""
        ...


class UnobservedBroker:
    """The observer that does nothing."""

    def arrived(self, path: str) -> None:
        """Do nothing."""

    def identified(self, runner: RunnerId) -> None:
        """Do nothing."""

    def result_received(self, runner: RunnerId, result: Result) -> None:
        """Do nothing."""

    def answered(self, path: str, status: int, refusal: str) -> None:
        """Do nothing."""

    def turned_away(self, reason: str) -> None:
        """Do nothing."""
