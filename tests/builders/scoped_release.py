"""A release of the chart that serves namespaces of its own, for tests that others must not feel."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from builders.installation import RESTRICTED, Installation
from cluster import Cluster

SMALL_POOL = {
    "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "1536Mi"}},
    "maxRunners": 1,
    "idleTimeout": "5s",
}


@contextmanager
def scoped_release(
    cluster: Cluster, release: str, *, doomed: str = "", **values: Any
) -> Iterator[tuple[Installation, str]]:
    """The release, and the namespace that it serves; no call of it may be refused. Nothing of it stays.

    `doomed` is one more that it serves, and that a test takes away: with it go the rights there.
    """
    system, work = f"{release}-system", f"{release}-work"
    served = [work, *([doomed] if doomed else [])]
    own: dict[str, Any] = {"namespaces": served, "crds": {"enabled": False}, "pools": {"cpu": SMALL_POOL}}
    installation = Installation(cluster, system, release, **(own | values))
    with ExitStack() as stack:
        for namespace in (system, *served):
            stack.enter_context(restricted_namespace(cluster, namespace))
        installation.install()
        stack.callback(installation.uninstall)
        yield installation, work
        refused = [call for call in installation.refused_calls() if not doomed or f"/{doomed}/" not in call["uri"]]
        assert not refused, f"the chart's service account lacks rights: {json.dumps(refused[:5])}"


@contextmanager
def restricted_namespace(cluster: Cluster, name: str) -> Iterator[str]:
    """A namespace that enforces restricted Pod Security; it goes afterwards, and whoever makes it anew waits for that."""
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found")
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, *RESTRICTED)
    try:
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
