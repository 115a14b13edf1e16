"""The execution of a decision's actions, in order: World actions are durable, broker actions change memory."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.controller.world import Unavailable, World, WorldError, WriteRefused
from automl_operator.decisions.state.actions import (
    Action,
    Cancel,
    CreateModel,
    CreatePlan,
    CreateTrial,
    Dismiss,
    DropLease,
    DropResult,
    DropSuggestions,
    Grant,
    StartRunner,
    StopRunner,
    Suggest,
    WorldAction,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.broker_state import WriteKind
from automl_operator.decisions.state.snapshot import Key
from automl_operator.search.suggester import SuggestRequest

logger = logging.getLogger(__name__)

WRITE_KINDS: Final[dict[type[WorldAction], WriteKind]] = {
    StartRunner: "runner",
    CreatePlan: "plan",
    CreateTrial: "trial",
    CreateModel: "model",
    WriteTrialStatus: "trial status",
    StopRunner: "runner's end",
    WriteExperimentStatus: "status",
}
"""The name under which the broker's memory holds each kind of failed write."""
STATUSES: Final = frozenset[WriteKind]({"trial status", "status"})
"""Writes that decisions order again until they succeed."""


class Unwritten(WorldError):
    """A status could not be written. Perhaps the experiment's status can still report the reason."""


async def apply_actions(
    key: Key,
    actions: tuple[Action, ...],
    *,
    world: World,
    memory: ExperimentMemory,
    clock: Callable[[], float],
    suggest: Callable[[SuggestRequest], None],
) -> bool:
    """Apply actions in order. Grants are delivered whatever happens; failed writes are kept in the broker's memory.

    A runner that cannot be started or ended delays no other action. Where a plan, trial or model cannot be created, the
    rest is dropped and decided again without it. Returns whether everything was applied. Raises WorldError.
    """
    writer = _Writer(key, world, memory, clock)
    try:
        for place, action in enumerate(actions):
            match action:
                case Suggest():
                    suggest(action.request)
                case StartRunner() | StopRunner():
                    await writer.write(action)
                case CreatePlan() | CreateTrial() | CreateModel():
                    if not await writer.write(action):
                        return False
                case WriteTrialStatus() | WriteExperimentStatus():
                    if not await writer.write(action):
                        _dismiss(actions[place:], memory)
                        break
                    if isinstance(action, WriteExperimentStatus):
                        memory.status_written(clock())
                case Grant():
                    memory.grant(action.runner, action.assignment, action.suggestion, clock())
                    await asyncio.sleep(0)  # the response is sent before the writes that follow
                case Cancel() | Dismiss() | DropLease() | DropResult() | DropSuggestions():
                    _change_memory(memory, action, clock)
    finally:
        memory.flush()
    if writer.unwritten is not None:
        raise writer.unwritten
    return not (writer.held_pools or writer.holds_ends)


class _Writer:
    """Writes objects, and keeps failed writes in the broker's memory."""

    def __init__(self, key: Key, world: World, memory: ExperimentMemory, clock: Callable[[], float]) -> None:
        self._key = key
        self._world = world
        self._memory = memory
        self._clock = clock
        self.held_pools: set[str] = set()
        """The pools where no runner can be started."""
        self.holds_ends = False
        """True when a runner cannot be ended now."""
        self.unwritten: WorldError | None = None
        """The error of a failed status write; an Unwritten where the failure will not pass by itself."""

    async def write(self, action: WorldAction) -> bool:
        """Write, and return whether that succeeded. Raises Superseded."""
        pool = action.pool if isinstance(action, StartRunner) else ""
        if pool in self.held_pools:
            return False
        what = WRITE_KINDS[type(action)]
        try:
            await self._world.apply(self._key, action)
        except (WriteRefused, Unavailable) as error:
            if what in STATUSES or (what == "runner's end" and not error.reason):
                self.unwritten = self._status_error(action, error)
            else:
                self._held(what, pool, error)
            return False
        self._memory.write_succeeded(what, pool)
        return True

    def _held(self, what: WriteKind, pool: str, error: WriteRefused | Unavailable) -> None:
        where = f" of the pool {pool}" if pool else ""
        logger.warning("%s/%s: writing the %s%s failed: %s", self._key.namespace, self._key.name, what, where, error)
        self._remember(what, pool, error)
        if what == "runner":
            self.held_pools.add(pool)
        self.holds_ends |= what == "runner's end"

    def _status_error(self, action: WorldAction, error: WriteRefused | Unavailable) -> WorldError:
        """The error of a failed status write. It is kept in memory only where the experiment's status can report it."""
        is_status = isinstance(action, WriteExperimentStatus) and action.status.state not in FINAL_STATES
        if is_status or not error.reason:
            return error
        what = WRITE_KINDS[type(action)]
        self._remember(what, "", error)
        return Unwritten(f"writing the {what} failed: {error}")

    def _remember(self, what: WriteKind, pool: str, error: WriteRefused | Unavailable) -> None:
        refused = isinstance(error, WriteRefused)
        self._memory.write_failed(what, error.reason, str(error), self._clock(), pool=pool, refused=refused)


def _dismiss(rest: Iterable[Action], memory: ExperimentMemory) -> None:
    """Dismiss idle runners: waiting would cost money, and a dismissal depends on no write."""
    for action in rest:
        if isinstance(action, Dismiss):
            memory.dismiss(action.runner)


def _change_memory(
    memory: ExperimentMemory,
    action: Cancel | Dismiss | DropLease | DropResult | DropSuggestions,
    clock: Callable[[], float],
) -> None:
    match action:
        case Cancel():
            memory.cancel(action.lease, clock())
        case Dismiss():
            memory.dismiss(action.runner)
        case DropLease():
            memory.drop_lease(action.lease)
        case DropResult():
            memory.drop_result(action.assignment)
        case DropSuggestions():
            memory.drop_suggestions()
