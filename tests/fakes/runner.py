"""A runner that only speaks HTTP to a broker."""

import io
from typing import Any

import aiohttp

from automl_api.protocol import Assignment, LeaseAnswer, LeaseRequest, Progress, Result, ResultRequest
from builders.control import an_announcement


class HttpRunner:
    """Calls a broker with a token; `post` returns (status, JSON), the other calls a parsed answer."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, slots: int = 1) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self.announcement = an_announcement(slots)

    async def post(self, call: str, data: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """One call with a raw body."""
        headers = self._headers if headers is None else headers
        data = io.BytesIO(data) if isinstance(data, bytes) else data
        async with self._session.post(f"{self._url}/v1/{call}", data=data, headers=headers) as response:
            return response.status, await response.json()

    async def lease(self, free: int = 1, holding: tuple[Progress, ...] = (), wait: float = 10.0) -> LeaseAnswer:
        """Ask for work."""
        request = LeaseRequest(announcement=self.announcement, free=free, holding=holding, wait_seconds=wait)
        return await self._answered("lease", request.to_json())

    async def hand_in(self, result: Result, free: int = 1, holding: tuple[Progress, ...] = ()) -> LeaseAnswer:
        """Hand in a result."""
        request = ResultRequest(result=result, announcement=self.announcement, free=free, holding=holding)
        return await self._answered("result", request.to_json())

    async def _answered(self, call: str, body: str) -> LeaseAnswer:
        status, answer = await self.post(call, body)
        assert status == 200, answer
        return LeaseAnswer.read(answer)


def ids(assignments: tuple[Assignment, ...]) -> list[str]:
    """The ids of assignments."""
    return [assignment.id for assignment in assignments]
