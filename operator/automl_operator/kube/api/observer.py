"""The interface for the reports of calls by the client and its watches; telemetry implements it."""

from typing import Protocol

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency


class ApiObserver(Protocol):
    """Receives reports on the event loop, so its methods must not block."""

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """An HTTP request has ended (code 0: without an answer). Verbs: get list watch create apply patch delete."""
        ...

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """A call waited for a token of the bucket."""
        ...

    def watched(self, kind: Kind, event: str) -> None:
        """A watch received an event: ADDED MODIFIED DELETED BOOKMARK."""
        ...

    def relisted(self, kind: Kind, why: str) -> None:
        """All objects were listed: first, resync, or Expired."""
        ...

    def event_dropped(self) -> None:
        """An Event of the operator was given up, because too many waited or the server refused it."""
        ...


class UnobservedApi:
    """The observer that ignores all reports."""

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """Do nothing."""

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """Do nothing."""

    def watched(self, kind: Kind, event: str) -> None:
        """Do nothing."""

    def relisted(self, kind: Kind, why: str) -> None:
        """Do nothing."""

    def event_dropped(self) -> None:
        """Do nothing."""
