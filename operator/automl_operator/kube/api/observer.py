"""What the client and its watches tell of themselves; whoever counts implements it."""

from typing import Protocol

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency


class ApiObserver(Protocol):
    """Called on the event loop, so it must not wait."""

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """An HTTP request was answered (code 0: was not). Verbs: get list watch create apply patch delete."""
        ...

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """A call waited for its turn in the bucket."""
        ...

    def watched(self, kind: Kind, event: str) -> None:
        """A watch gave an event: ADDED MODIFIED DELETED BOOKMARK."""
        ...

    def relisted(self, kind: Kind, why: str) -> None:
        """All objects were listed: first, resync, or Expired."""
        ...


class UnobservedApi:
    """The observer that does not look."""

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """Nothing."""

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """Nothing."""

    def watched(self, kind: Kind, event: str) -> None:
        """Nothing."""

    def relisted(self, kind: Kind, why: str) -> None:
        """Nothing."""
