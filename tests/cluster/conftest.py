"""Fixtures for the tests of the real cluster: the cluster, the images, and a namespace for each test.

A cluster that already runs is used and kept; otherwise one is started, and removed afterwards.
"""

import os
import sys
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from builders.definitions import DEFINITIONS
from builders.diagnostics import diagnostics
from builders.installation import RESTRICTED
from builders.several_pools import PoolsInstallation, several_pools
from cluster import Cluster
from images.build import build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests without root on Linux, where there is no cluster, but never in CI."""
    here = Path(__file__).parent
    if (sys.platform == "linux" and os.geteuid() == 0) or os.environ.get("CI"):
        return
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="the test cluster needs root on Linux"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the state of the cluster to a failure; in CI, report a skipped test as failed."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome, report.longrepr = "failed", f"skipped, and CI is set: {report.longrepr}"
    cluster = getattr(item, "funcargs", {}).get("cluster")
    if report.failed and cluster is not None:
        report.sections.append(("The cluster", diagnostics(cluster)))
    return report


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of this machine, with the images and the definitions of this tree."""
    archives = build()
    with Cluster() as cluster:
        cluster.import_images(archives)
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(DEFINITIONS))
        yield cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """An empty namespace that enforces restricted Pod Security."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, *RESTRICTED)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def pools(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolsInstallation]:
    """A release with pools of several kinds, for all tests of a module."""
    with several_pools(cluster, tmp_path_factory.mktemp("s3")) as pools:
        yield pools
