"""An Event on an experiment, which `kubectl describe` shows."""

from datetime import UTC, datetime
from typing import Final, Literal

from automl_api.resources import Experiment
from automl_operator.kube.manifests.belonging import MANAGER, Object

MAX_MESSAGE: Final = 1024
MAX_REASON: Final = 128
Tone = Literal["Normal", "Warning"]


def event(
    experiment: Experiment, suffix: str, *, tone: Tone, reason: str, message: str, now: float, instance: str
) -> Object:
    """One Event of the core group; `suffix` makes its name unique, `instance` is the operator's pod."""
    meta = experiment.metadata
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{meta.name}.{suffix}", "namespace": meta.namespace},
        "involvedObject": {
            "apiVersion": experiment.api_version,
            "kind": experiment.kind,
            "name": meta.name,
            "namespace": meta.namespace,
            "uid": meta.uid,
        },
        "type": tone,
        "reason": reason[:MAX_REASON],
        "message": message if len(message) <= MAX_MESSAGE else f"{message[: MAX_MESSAGE - 3]}...",
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "reportingInstance": instance,
    }
