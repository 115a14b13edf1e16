"""A cache of answers: several policies ask the same question of the same context."""

from collections.abc import Callable
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


class Memo(Generic[Subject]):
    """The answers of pure functions about one subject. Whether an answer was cached changes nothing."""

    def __init__(self) -> None:
        self._answers: dict[Callable[[Subject], object], object] = {}

    def answer(self, function: Callable[[Subject], Answer], subject: Subject) -> Answer:
        """The function's answer for the subject; the function runs once."""
        if function not in self._answers:
            self._answers[function] = function(subject)
        # This very function returned the answer, so the type is right.
        return self._answers[function]  # type: ignore[return-value]
