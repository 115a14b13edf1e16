"""The messages between agent, zygote and child. A child receives assignments and sends messages, one on each line."""

from automl_api.base import Model
from automl_api.protocol import Failure
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PlanSpec
from automl_api.resources.trial import FoldResult, RefitResult


class ChildOutcome(Model):
    """The outcome of an assignment, sent once. Without a failure it succeeded."""

    failure: Failure | None = None
    plan: PlanSpec | None = None
    folds: tuple[FoldResult, ...] = ()
    refit: RefitResult | None = None
    model: PublishedModelSpec | None = None
    peak_memory_bytes: int = 0


class ChildMessage(Model):
    """A fold that has ended, or the outcome; exactly one of the two."""

    fold: FoldResult | None = None
    outcome: ChildOutcome | None = None


class ForkRequest(Model):
    """Agent to zygote, with two file descriptors: the child's socket, and the pipe for its output."""

    id: str
    need: str


class ZygoteMessage(Model):
    """Zygote to agent: `ready` when all is imported; a fork done or refused; a child's end with its wait status."""

    ready: bool = False
    forked: str = ""
    refused: str = ""
    message: str = ""
    pid: int = 0
    ended: bool = False
    status: int = 0
