"""Failures of work that are not bugs: a class that decides the consequence, a reason, and a message."""

from automl_api.limits import MAX_MESSAGE
from automl_api.protocol import Failure
from automl_api.resources.trial import FailureClass


class WorkFailed(Exception):
    """The work cannot succeed as it is. The error has a failure class, a CamelCase reason, and a message for people.

    The message says what is wrong, where, and what to do. It holds no secrets and no values of the data.
    """

    def __init__(self, failure_class: FailureClass, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.failure_class: FailureClass = failure_class
        self.reason = reason
        self.message = message

    def failure(self) -> Failure:
        """The failure as it is handed in; a long message keeps its end."""
        return Failure(failure_class=self.failure_class, reason=self.reason, message=self.message[-MAX_MESSAGE:])
