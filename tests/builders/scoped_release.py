"""A release of the chart that serves namespaces of its own, for tests that must not disturb others."""

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
    """The release and the namespace that it serves; removed at the end. No call of the release may be refused.

    `doomed` is one more namespace that it serves and that a test deletes, with the release's rights there.
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
    """A namespace with restricted Pod Security. Its deletion begins at the end; the next creation waits for it."""
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found")
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, *RESTRICTED)
    try:
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
