"""Lines about the state of the cluster after a failed test, because the run cannot be repeated."""

from collections.abc import Callable, Iterator
from typing import Any

from cluster import Cluster

LOG_LINES = 80
EVENTS = 60
OPERATORS = "app.kubernetes.io/component=operator"
Object = dict[str, Any]


def diagnostics(cluster: Cluster) -> str:
    """Pods, trials, the latest Events and the end of each operator's log, as far as the cluster answers."""
    return "\n".join(
        line
        for title, lines in (("Pods", _pods), ("Trials", _trials), ("Events", _events), ("Operators", _logs))
        for line in (f"-- {title}", *_answered(cluster, lines))
    )


def _answered(cluster: Cluster, lines: Callable[[Cluster], Iterator[str]]) -> list[str]:
    try:
        return list(lines(cluster))
    except Exception as error:  # noqa: BLE001 - no error here may hide the failure that is being diagnosed
        return [repr(error)]


def _pods(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.get("pods")["items"]:
        status = pod["status"]
        states = [container["state"] for container in status.get("containerStatuses", ())]
        deletion = ", being deleted" if "deletionTimestamp" in pod["metadata"] else ""
        yield f"{_name(pod)} on {pod['spec'].get('nodeName')}: {status.get('phase')}{deletion} {states}"


def _trials(cluster: Cluster) -> Iterator[str]:
    for trial in cluster.get("amltrial")["items"]:
        status = {key: value for key, value in trial.get("status", {}).items() if key != "folds"}
        yield f"{_name(trial)} {trial['spec']['configuration']['learner']}: {status}"


def _events(cluster: Cluster) -> Iterator[str]:
    for event in sorted(cluster.get("events")["items"], key=_time_of)[-EVENTS:]:
        about = event["involvedObject"]
        yield f"{_time_of(event)} {about.get('namespace', '')}/{about['name']} {event.get('reason')}: {event.get('message')}"


def _time_of(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _logs(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.get("pods", selector=OPERATORS)["items"]:
        meta = pod["metadata"]
        log = cluster.kubectl("logs", meta["name"], "--namespace", meta["namespace"], f"--tail={LOG_LINES}")
        yield from (f"{_name(pod)} {line}" for line in log.splitlines())


def _name(item: Object) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
