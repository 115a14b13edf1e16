"""What the tests of the real cluster share: the cluster, the images, the installed chart, and namespaces of their own.

A cluster that is up already is used and stays up; else it is started, and removed afterwards.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.definitions import DEFINITIONS
from builders.installation import RESTRICTED, Installation
from builders.journey import Journey
from builders.journeys import both_ways, namespaces
from cluster import Cluster
from images.build import build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without root on Linux there is no cluster. A continuous build must not pass over that."""
    here = Path(__file__).parent
    if (sys.platform == "linux" and os.geteuid() == 0) or os.environ.get("CI"):
        return
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="the test cluster needs root on Linux"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of this machine with the images and the definitions of this tree."""
    archives = build()
    with Cluster() as cluster:
        cluster.import_images(archives)
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(DEFINITIONS))
        yield cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace that enforces restricted Pod Security, empty but for what a test puts there."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, *RESTRICTED)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def installation(cluster: Cluster) -> Iterator[Installation]:
    """The chart, installed with its own service account for the whole cluster; no call of it may be refused."""
    installed = Installation(cluster, "automl-system")
    installed.install()
    yield installed
    refused = installed.refused_calls()
    installed.uninstall()
    assert not refused, f"the chart's service account lacks rights: {json.dumps(refused[:5])}"


@pytest.fixture(scope="session")
def journey_namespaces(cluster: Cluster) -> Iterator[None]:
    """The namespaces of `journeys`, made before the operator is there."""
    with namespaces(cluster):
        yield


@pytest.fixture(scope="session")
def journeys(
    cluster: Cluster, journey_namespaces: None, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Journey]]:
    """The example, walked to its end with a claim and with a bucket: `claim` and `bucket`. Tests only look at them."""
    with both_ways(cluster, tmp_path_factory.mktemp("journeys")) as journeys:
        yield journeys
