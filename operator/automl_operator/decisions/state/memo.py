"""Answers that are worked out once: several policies ask the same of the same context."""

from collections.abc import Callable
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


class Memo(Generic[Subject]):
    """The answers of pure functions of one subject. No answer depends on whether it was kept."""

    def __init__(self) -> None:
        self._answers: dict[Callable[[Subject], object], object] = {}

    def answer(self, function: Callable[[Subject], Answer], subject: Subject) -> Answer:
        """What the function says of the subject; the function runs once."""
        if function not in self._answers:
            self._answers[function] = function(subject)
        # The function has given this answer itself.
        return self._answers[function]  # type: ignore[return-value]
