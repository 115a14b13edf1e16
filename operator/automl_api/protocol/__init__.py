"""The messages between runners and the broker. They have a protocol version; readers ignore unknown fields."""

from automl_api.protocol.assignment import (
    MOST_REFITS,
    REFITS_PER_LEARNER,
    Assignment,
    Candidate,
    FinalizeWork,
    FitWork,
    PrepareWork,
    RefitWork,
    WorkKind,
)
from automl_api.protocol.calls import (
    PROTOCOL_VERSION,
    Announcement,
    Failure,
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseAnswer,
    LeaseRequest,
    Progress,
    Result,
    ResultRequest,
)
from automl_api.protocol.environment import RunnerEnvironment

__all__ = [
    "MOST_REFITS",
    "PROTOCOL_VERSION",
    "REFITS_PER_LEARNER",
    "Announcement",
    "Assignment",
    "Candidate",
    "Failure",
    "FinalizeWork",
    "FitWork",
    "HeartbeatAnswer",
    "HeartbeatRequest",
    "LeaseAnswer",
    "LeaseRequest",
    "PrepareWork",
    "Progress",
    "RefitWork",
    "Result",
    "ResultRequest",
    "RunnerEnvironment",
    "WorkKind",
]
