"""What a runner and the broker say to each other, versioned; readers ignore unknown fields."""

from automl_api.protocol.assignment import Assignment, Candidate, FinalizeWork, FitWork, PrepareWork
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
    "PROTOCOL_VERSION",
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
    "Result",
    "ResultRequest",
    "RunnerEnvironment",
]
