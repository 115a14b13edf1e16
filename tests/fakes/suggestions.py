"""Suggestions without a process."""

import asyncio

from automl_operator.search.suggester import SuggestAnswer, SuggestRequest
from builders.control import a_default_suggestion


class FakeSuggestions:
    """Answers every request with the requested number of suggestions once the `gate` is open, or raises `error`."""

    def __init__(self) -> None:
        self.requests: list[SuggestRequest] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def suggest(self, request: SuggestRequest, tenant: str = "") -> SuggestAnswer:
        self.requests.append(request)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        first = request.next_index
        return SuggestAnswer(suggestions=tuple(a_default_suggestion(first + number) for number in range(request.count)))
