"""One call to the API server, as the client sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.api.wire import JSON


@dataclass(frozen=True)
class Request:
    """`verb` is for the metrics, `method` is HTTP's; `seconds` is the timeout of each attempt."""

    verb: str
    kind: Kind
    method: str
    path: str
    urgency: Urgency
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = JSON
    seconds: float = 15.0
