"""The agent asks for work when slots are free, has children do it, and hands in the results."""

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Callable

from automl_api import reasons
from automl_api.protocol import (
    Announcement,
    Assignment,
    Failure,
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseAnswer,
    LeaseRequest,
    Progress,
    Result,
    ResultRequest,
)
from automl_api.protocol.exit_codes import BROKEN, BROKER_LOST, LEFT, REFUSED, TERMINATED
from automl_runner.agent.broker_client import BrokerClient, BrokerLost, BrokerUnavailable, CallRefused
from automl_runner.agent.endings import StopReason
from automl_runner.agent.logs import LOG_CONTEXT
from automl_runner.agent.work import Work
from automl_runner.launchers import Launcher, LauncherBroken

_log = logging.getLogger(__name__)
_WAIT_SECONDS = 10.0
_BETWEEN_LEASES_SECONDS = 0.02
_BETWEEN_HEARTBEATS_SECONDS = 0.2
_UNHEARD_SECONDS = 2.0
"""After a failed heartbeat the next one comes sooner: a broker that takes over waits only 30 s for it."""
_TERMINATION_SECONDS = 10.0
_MAX_REMEMBERED = 4096
_LEASE = "lease"


class Agent:
    """One runner, for one `run` in one event loop.

    The broker takes each call as the state of the whole runner. So at most one lease call is open at a time, and none
    while a result is being handed in: the answer to the result carries the next assignment.
    """

    def __init__(
        self,
        client: BrokerClient,
        launcher: Launcher,
        announcement: Announcement,
        heartbeat_seconds: float,
        max_assignments: int = 0,
    ) -> None:
        self.undelivered: list[Result] = []
        """Results that no broker has taken."""
        self._client = client
        self._launcher = launcher
        self._announcement = announcement
        self._heartbeat_seconds = heartbeat_seconds
        self._may_take: float = max_assignments or float("inf")
        self._asked_for: dict[str, int] = {}
        """The slots offered with each unanswered call; several results can be handed in at once."""
        self._works: dict[str, Work] = {}
        self._handing_in: dict[str, Progress] = {}
        self._waiting: deque[Assignment] = deque()
        self._over: OrderedDict[str, None] = OrderedDict()
        self._fold_ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._leaving: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._group = asyncio.TaskGroup()

    async def run(self) -> int:
        """Work until told to leave; returns the exit code. An exception of a task is a bug and is raised here."""
        async with self._group:
            heart = self._group.create_task(self._heartbeat())
            while not self._leaving.done():
                await self._until(
                    lambda: self._leaving.done() or self._is_through() or (self._free() > 0 and not self._handing_in)
                )
                if self._is_through():
                    self._leave(LEFT)
                else:
                    await self._lease()
                    self._asked_for.pop(_LEASE, None)
            await self._until(lambda: not self._holds())
            heart.cancel()
        return self._leaving.result()

    def works(self) -> tuple[Work, ...]:
        """The assignments at work now."""
        return tuple(self._works.values())

    def terminate(self) -> None:
        """Stop all work, hand it in as cancelled if a broker answers in time, and leave."""
        self._client.hurry(_TERMINATION_SECONDS)
        self._leave(TERMINATED)
        self._waiting.clear()
        for work in self.works():
            work.stop(StopReason.TERMINATED)

    async def _lease(self) -> None:
        call = asyncio.ensure_future(self._client.lease(self._lease_request))
        ends: tuple[asyncio.Future[LeaseAnswer] | asyncio.Future[int], ...] = (call, self._leaving)
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            call.cancel()
            await asyncio.wait((call,))
            return
        try:
            answer = call.result()
        except BrokerLost as lost:
            _log.warning("leaving: the broker is lost: %s", lost)
            self._leave(BROKER_LOST)
        except CallRefused as refused:
            _log.warning("leaving: the broker refused to lease: %s", refused)
            self._leave(REFUSED)
        else:
            self._accept(answer)
            if not answer.assignments:
                await asyncio.sleep(_BETWEEN_LEASES_SECONDS)

    async def _do(self, work: Work) -> None:
        assignment = work.assignment
        LOG_CONTEXT.begin(assignment)
        _log.info("began %s, attempt %d", assignment.kind, assignment.attempt, extra={"assignment": assignment.id})
        try:
            result = await work.run(self._launcher)
        except LauncherBroken as broken:
            result = _failed(
                assignment, Failure(failure_class="infrastructure", reason=reasons.CANNOT_START, message=str(broken))
            )
            self._leave(BROKEN)
        self._handing_in[assignment.id] = work.progress()
        del self._works[assignment.id]
        _log.info("%s after %.2f s", _log_text(result), result.seconds, extra={"assignment": assignment.id})
        await self._hand_in(result)
        self._asked_for.pop(assignment.id, None)
        del self._handing_in[assignment.id]
        self._remember(assignment.id)
        LOG_CONTEXT.end(assignment.id)
        self._start_waiting()

    async def _hand_in(self, result: Result, *, again: bool = True) -> None:
        try:
            self._accept(await self._client.hand_in(lambda: self._result_request(result)))
        except BrokerLost:
            self.undelivered.append(result)
            self._leave(BROKER_LOST)
        except CallRefused as refused:
            _log.warning("the result was refused: %s", refused, extra={"assignment": result.id})
            if again:
                failure = Failure(failure_class="program", reason=reasons.RESULT_REFUSED, message=str(refused))
                bare = result.replace(outcome="failed", failure=failure, plan=None, refit=None, model=None)
                await self._hand_in(bare, again=False)

    async def _heartbeat(self) -> None:
        pause = self._heartbeat_seconds
        while True:
            await asyncio.sleep(_BETWEEN_HEARTBEATS_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._fold_ended.wait(), max(0.0, pause - _BETWEEN_HEARTBEATS_SECONDS))
            self._fold_ended.clear()
            pause = self._heartbeat_seconds
            try:
                answer = await self._client.heartbeat(HeartbeatRequest(holding=self._holding()))
            except (BrokerUnavailable, CallRefused) as error:
                _log.warning("a heartbeat failed: %s", error)
                pause = min(pause, _UNHEARD_SECONDS)
            else:
                self._cancel(answer)

    def _accept(self, answer: LeaseAnswer) -> None:
        self._cancel(answer)
        for assignment in answer.assignments:
            if not self._knows(assignment.id):
                self._waiting.append(assignment)
                self._may_take -= 1
        self._start_waiting()
        if answer.leave:
            self._leave(LEFT)

    def _cancel(self, answer: LeaseAnswer | HeartbeatAnswer) -> None:
        for id_ in answer.cancel:
            if id_ in self._works:
                self._works[id_].stop(StopReason.CANCELLED)

    def _start_waiting(self) -> None:
        while self._waiting and len(self._works) < self._announcement.slots:
            work = Work(self._waiting.popleft(), self._fold_ended.set)
            self._works[work.assignment.id] = work
            self._group.create_task(self._do(work))
        self._changed.set()

    def _is_through(self) -> bool:
        """True when the runner has done as many assignments as it may."""
        return self._may_take <= 0 and not self._holds()

    def _holds(self) -> bool:
        return bool(self._works or self._handing_in or self._waiting)

    def _leave(self, code: int) -> None:
        if not self._leaving.done():
            self._leaving.set_result(code)
        self._changed.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def _knows(self, id_: str) -> bool:
        known = (self._works, self._handing_in, self._over)
        return any(id_ in ids for ids in known) or any(id_ == waiting.id for waiting in self._waiting)

    def _remember(self, id_: str) -> None:
        """Remember an assignment that is over: a late answer that carries it must not start it again."""
        self._over[id_] = None
        while len(self._over) > _MAX_REMEMBERED:
            self._over.popitem(last=False)

    def _free(self) -> int:
        if self._leaving.done():
            return 0
        slots = self._announcement.slots - len(self._works) - len(self._waiting)
        return int(max(0, min(self._may_take - sum(self._asked_for.values()), slots)))

    def _ask_for(self, call: str) -> int:
        """The slots to offer with a call, counted again for each try."""
        self._asked_for.pop(call, None)
        self._asked_for[call] = self._free()
        return self._asked_for[call]

    def _holding(self, without: str = "") -> tuple[Progress, ...]:
        waiting = (Progress(id=assignment.id, attempt=assignment.attempt) for assignment in self._waiting)
        handing_in = (progress for id_, progress in self._handing_in.items() if id_ != without)
        return (*(work.progress() for work in self.works()), *waiting, *handing_in)

    def _lease_request(self) -> LeaseRequest:
        return LeaseRequest(
            announcement=self._announcement,
            free=self._ask_for(_LEASE),
            holding=self._holding(),
            wait_seconds=_WAIT_SECONDS,
        )

    def _result_request(self, result: Result) -> ResultRequest:
        return ResultRequest(
            result=result,
            announcement=self._announcement,
            free=self._ask_for(result.id),
            holding=self._holding(result.id),
        )


def _failed(assignment: Assignment, failure: Failure) -> Result:
    return Result(id=assignment.id, attempt=assignment.attempt, outcome="failed", failure=failure)


def _log_text(result: Result) -> str:
    return f"{result.outcome}: {result.failure.reason}" if result.failure else result.outcome
