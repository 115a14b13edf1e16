"""A cache of answers, because several policies need the same facts of a context."""

from collections.abc import Callable
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


class Memo(Generic[Subject]):
    """Answers of pure functions. An answer may come from an earlier subject, equal in all that the function reads."""

    def __init__(self) -> None:
        self._answers: dict[Callable[[Subject], object], object] = {}

    def answer(self, function: Callable[[Subject], Answer], subject: Subject) -> Answer:
        """The function's answer, from the cache or computed now."""
        if function not in self._answers:
            self._answers[function] = function(subject)
        # This very function returned the answer, so the type is right.
        return self._answers[function]  # type: ignore[return-value]
