"""A release that serves the whole cluster while these tests run; tests outside this folder have their own releases."""

import json
from collections.abc import Iterator

import pytest

from builders.applied import Applied
from builders.installation import Installation
from builders.scenario import Scenario
from builders.scenarios import namespaces, run_scenarios
from builders.scoped_release import restricted_namespace
from builders.several_pools import quota
from cluster import Cluster


@pytest.fixture(scope="package")
def installation(cluster: Cluster) -> Iterator[Installation]:
    """The chart, installed with its own service account for the whole cluster; none of its calls may be refused."""
    installed = Installation(cluster, "automl-system")
    installed.install()
    yield installed
    refused = installed.refused_calls()
    installed.uninstall()
    assert not refused, f"the chart's service account lacks rights: {json.dumps(refused[:5])}"


@pytest.fixture(scope="package")
def scenario_namespaces(cluster: Cluster) -> Iterator[None]:
    """The namespaces of `scenarios`, created before the operator."""
    with namespaces(cluster):
        yield


@pytest.fixture(scope="package")
def resting(cluster: Cluster, installation: Installation) -> Iterator[dict[str, Applied]]:
    """Experiments at rest, by state: one is suspended, the other waits for ever for a pod, which a quota forbids."""
    with restricted_namespace(cluster, "t1-resting") as namespace:
        cluster.kubectl("apply", "--namespace", namespace, "--filename=-", text=quota(0))
        yield {
            "Suspended": Applied(cluster, namespace, "suspended", suspend=True),
            "Pending": Applied(cluster, namespace, "waiting"),
        }


@pytest.fixture(scope="package")
def scenarios(
    cluster: Cluster,
    scenario_namespaces: None,
    installation: Installation,
    resting: dict[str, Applied],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Scenario]]:
    """The finished runs of the example with a claim and with a bucket: `claim` and `bucket`. Tests only read them.

    The experiments of `resting` are applied before, so that they have long been at rest at the end of the runs.
    """
    with run_scenarios(cluster, tmp_path_factory.mktemp("scenarios")) as scenarios:
        yield scenarios
