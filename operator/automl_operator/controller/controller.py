"""The only reconcile loop: observe, decide, apply.

It is level-triggered: only the present state matters, not the event that led here. A failing experiment is logged with
its key, left alone for a while and tried again. It never stops another experiment.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from automl_api.backoff import Backoff
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.controller.apply import Unwritten, apply_actions
from automl_operator.controller.keyed_queue import KeyedQueue, Next
from automl_operator.controller.observer import ControllerObserver, DecisionOutcome, UnobservedController
from automl_operator.controller.stall_detector import CHECK_SECONDS, StallDetector
from automl_operator.controller.suggestions import Suggestions, SuggestionsFailed
from automl_operator.controller.world import Superseded, World, WorldError
from automl_operator.decisions.decide import report
from automl_operator.decisions.state.actions import Action, Decision
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Key, Snapshot
from automl_operator.search.suggester import SuggestRequest

logger = logging.getLogger(__name__)

Decide = Callable[[Snapshot, BrokerState, float], Decision]
LONGEST_PAUSE_SECONDS = 15.0
"""The longest pause before a failing experiment is tried again."""
SUPERSEDED_IN_A_ROW = 5
"""The largest number of superseded decisions in a row that are repeated at once. Then the experiment pauses."""


class Controller:
    """Reconciles every experiment of a World. `clock` gives Unix seconds, `sleep` waits in the same time.

    When it is stopped, writes under way get `drain_seconds` to finish.
    """

    def __init__(
        self,
        world: World,
        memories: ExperimentMemories,
        decide: Decide,
        suggestions: Suggestions,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resync_seconds: float = 30.0,
        drain_seconds: float = 0.0,
        observer: ControllerObserver | None = None,
    ) -> None:
        self._world = world
        self._memories = memories
        self._decide = decide
        self._suggestions = suggestions
        self._clock = clock
        self._sleep = sleep
        self._resync_seconds = resync_seconds
        self._drain_seconds = drain_seconds
        self._observer = observer or UnobservedController()
        self._backoffs: dict[Key, Backoff] = {}
        self._stall_detector = StallDetector(clock)
        self._superseded: dict[Key, int] = {}
        self._suggesting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Reconcile until cancelled."""
        queue = KeyedQueue(self._reconcile_safely, self._sleep, on_add=self._observer.added)
        self._memories.on_change = queue.add
        beating = asyncio.create_task(self._keep_beating())
        try:
            await self._follow_changes(queue)
        finally:
            await _cancel_all({beating})
            self._memories.on_change = lambda key: None  # noqa: ARG005  (the loop has ended)
            await queue.close(self._drain_seconds)
            await _cancel_all(self._suggesting)

    async def _follow_changes(self, queue: KeyedQueue) -> None:
        while True:
            try:
                async for key in self._world.changes():
                    queue.add(key)
            except Exception:
                logger.exception("the World's changes ended; following them again")
            await self._sleep(1.0)

    async def _keep_beating(self) -> None:
        while True:
            await self._sleep(CHECK_SECONDS)
            self._beat()

    def _beat(self) -> None:
        if still := self._stall_detector.beat():
            logger.warning("this process stood still for %.0f s; this time does not count as runners' silence", still)
            self._memories.stalled(still)

    async def _reconcile_safely(self, key: Key) -> Next:
        """Reconcile once, and never raise."""
        # After a standstill, a decision may run before the next regular check.
        self._beat()
        self._observer.begins(key)
        following, outcome = await self._reconcile_caught(key)
        self._observer.ended(key, outcome)
        return following

    async def _reconcile_caught(self, key: Key) -> tuple[Next, DecisionOutcome]:
        try:
            requeue_after = await self.reconcile(key)
        except Superseded as error:
            return self._decide_anew(key, error), "superseded"
        except WorldError as error:
            logger.warning("%s/%s: %s; trying again", key.namespace, key.name, error)
            return self._leave_alone(key), "unavailable"
        except Exception:
            logger.exception("%s/%s: unexpected error; trying again", key.namespace, key.name)
            return self._leave_alone(key), "error"
        self._backoffs.pop(key, None)
        self._superseded.pop(key, None)
        return Next(requeue_after), "success"

    async def reconcile(self, key: Key) -> float | None:
        """Observe, decide, apply. Returns the seconds until the next reconcile. Raises WorldError."""
        snapshot = await self._world.observe(key)
        if snapshot is None:
            self._memories.forget(key)
            return None
        memory = self._memories.sync(key, snapshot.experiment, snapshot.runners)
        now = self._clock()
        decision = self._decide(snapshot, memory.view(now), now)
        memory.keep(decision.progress_cache)
        try:
            all_done = await self._apply(key, memory, decision.actions)
        except Unwritten:
            await self._report(key, memory)
            raise
        if not all_done:
            return 0.0
        return min(
            self._resync_seconds, decision.requeue_after if decision.requeue_after is not None else self._resync_seconds
        )

    async def _apply(self, key: Key, memory: ExperimentMemory, actions: tuple[Action, ...]) -> bool:
        return await apply_actions(
            key,
            actions,
            world=self._world,
            memory=memory,
            clock=self._clock,
            suggest=lambda request: self._suggest(key, memory, request),
        )

    async def _report(self, key: Key, memory: ExperimentMemory) -> None:
        """Write the status that follows from the stored objects and the failed writes. Raises WorldError."""
        snapshot = await self._world.observe(key)
        if snapshot is not None:
            now = self._clock()
            await self._apply(key, memory, report(snapshot, memory.view(now), now))

    def _decide_anew(self, key: Key, superseded: Superseded) -> Next:
        count = self._superseded[key] = self._superseded.get(key, 0) + 1
        logger.info("%s/%s: %s; deciding again", key.namespace, key.name, superseded)
        return Next(0.0) if count <= SUPERSEDED_IN_A_ROW else self._leave_alone(key)

    def _leave_alone(self, key: Key) -> Next:
        """Back off. Events during the pause wait, too."""
        backoff = self._backoffs.setdefault(key, Backoff(longest=LONGEST_PAUSE_SECONDS))
        return Next(backoff.failed(), ignores_additions=True)

    def _suggest(self, key: Key, memory: ExperimentMemory, request: SuggestRequest) -> None:
        generation = memory.suggestions_asked(request.count)
        task = asyncio.create_task(self._fetch(key, memory, request, generation))
        self._suggesting.add(task)
        task.add_done_callback(self._suggesting.discard)

    async def _fetch(self, key: Key, memory: ExperimentMemory, request: SuggestRequest, generation: int) -> None:
        """Put suggestions into the memory, or the error of the search, which then ends with the finished trials."""
        try:
            answer = await self._suggestions.suggest(request, key.namespace)
        except SuggestionsFailed as error:
            logger.error("%s/%s: %s", key.namespace, key.name, error)  # noqa: TRY400  (the message is the worker's own)
            memory.suggesting_failed(generation, request.count, str(error))
        except Exception as error:
            logger.exception("%s/%s: unexpected error of the search", key.namespace, key.name)
            memory.suggesting_failed(generation, request.count, f"an unexpected error of the search: {error!r}")
        else:
            memory.suggested(generation, request.count, answer)
        self._memories.on_change(key)


async def _cancel_all(tasks: set[asyncio.Task[None]]) -> None:
    stopping = list(tasks)
    for task in stopping:
        task.cancel()
    await asyncio.gather(*stopping, return_exceptions=True)
