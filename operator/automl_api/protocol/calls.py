"""The three calls of a runner: `POST /v1/lease`, `/v1/heartbeat`, `/v1/result`, each with a bearer token.

A lease call waits up to `wait_seconds` for work (long polling). The answer to a result already carries the
next assignment. Statuses: 200; 400 unreadable; 401 unknown token; 409 an older protocol;
413 too large; 503 with `Retry-After` while this process is not the leader.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from automl_api.base import Model
from automl_api.protocol.assignment import Assignment, WorkKind
from automl_api.resources.model import PublishedModelSpec
from automl_api.resources.plan import PlanSpec
from automl_api.resources.trial import FailureClass, FoldResult, RefitResult

PROTOCOL_VERSION = 2
OLDEST_PROTOCOL = 2
"""The oldest version that is served, usually the previous one. Version 1 had no refits and other paths in the store."""
MAX_BODY_BYTES = 1024 * 1024
MAX_CURVE_POINTS = 50
LEASE_LIFETIME_SECONDS = 30.0
HEARTBEAT_SECONDS = 10.0


class Announcement(Model):
    """A runner's size and abilities."""

    protocol: int = PROTOCOL_VERSION
    slots: Annotated[int, Field(ge=1, le=1024)]
    memory_bytes: int = 0
    accelerator: str = ""
    learners: tuple[str, ...] = ()
    """The learners whose libraries it has."""
    work: Annotated[tuple[WorkKind, ...], Field(max_length=16)] = ()
    """The kinds of work that it can do; empty means the first three: prepare, fit and finalize."""


class Progress(Model):
    """A running assignment, with its fold scores so far in the order they came (at most 50)."""

    id: Annotated[str, Field(max_length=256)]
    attempt: int
    folds: Annotated[tuple[FoldResult, ...], Field(max_length=MAX_CURVE_POINTS)] = ()
    seconds: FiniteFloat = 0.0
    memory_bytes: int = 0


class LeaseRequest(Model):
    """Ask for work for `free` slots. `holding` has all running assignments, so that a restarted broker adopts them."""

    announcement: Announcement
    free: Annotated[int, Field(ge=0, le=1024)]
    holding: Annotated[tuple[Progress, ...], Field(max_length=1024)] = ()
    wait_seconds: FiniteFloat = 10.0


class LeaseAnswer(Model):
    """Assignments, or none yet (the runner asks again at once), or the order to leave.

    `term` never falls; the runner ignores an answer with a lower one.
    """

    term: int = 0
    assignments: tuple[Assignment, ...] = ()
    leave: bool = False
    cancel: tuple[str, ...] = ()
    """The ids of assignments that the runner must end at once."""


class HeartbeatRequest(Model):
    """A heartbeat, sent every 10 s and when a fold ends, even while the children are busy."""

    holding: Annotated[tuple[Progress, ...], Field(max_length=1024)] = ()


class HeartbeatAnswer(Model):
    """The assignments that the runner must end at once."""

    term: int = 0
    cancel: tuple[str, ...] = ()


class Failure(Model):
    """The cause of a failed assignment. `message` is for people: the last lines of the error, without secrets."""

    failure_class: FailureClass
    reason: Annotated[str, Field(max_length=128)]
    """One CamelCase word: OutOfMemory, NotFinite, Timeout, Traceback, DataInvalid, DataMissing, StoreFull, ..."""
    message: Annotated[str, Field(max_length=4096)] = ""


class Result(Model):
    """The result of an assignment. A failed or cancelled fit still carries the folds that it finished."""

    id: Annotated[str, Field(max_length=256)]
    attempt: int
    outcome: Literal["succeeded", "failed", "cancelled"]
    failure: Failure | None = None
    plan: PlanSpec | None = None
    folds: Annotated[tuple[FoldResult, ...], Field(max_length=MAX_CURVE_POINTS)] = ()
    refit: RefitResult | None = None
    model: PublishedModelSpec | None = None
    seconds: FiniteFloat = 0.0
    peak_memory_bytes: int = 0


class ResultRequest(Model):
    """Report a result and ask for the next assignment in one call; answered by a LeaseAnswer."""

    result: Result
    announcement: Announcement
    free: Annotated[int, Field(ge=0, le=1024)]
    holding: Annotated[tuple[Progress, ...], Field(max_length=1024)] = ()
