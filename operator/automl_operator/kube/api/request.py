"""One call as it goes over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.api.wire import JSON


@dataclass(frozen=True)
class Request:
    """`verb` is the word that is counted, `method` HTTP's; `seconds` bounds each attempt."""

    verb: str
    kind: Kind
    method: str
    path: str
    urgency: Urgency
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = JSON
    seconds: float = 15.0
