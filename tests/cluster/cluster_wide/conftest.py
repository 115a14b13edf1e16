"""A release that serves the whole cluster while these tests run; tests outside this folder have their own releases."""

import json
from collections.abc import Iterator

import pytest

from builders.installation import Installation
from builders.scenario import Scenario
from builders.scenarios import namespaces, run_scenarios
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
def scenarios(
    cluster: Cluster, scenario_namespaces: None, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Scenario]]:
    """The finished runs of the example with a claim and with a bucket: `claim` and `bucket`. Tests only read them."""
    with run_scenarios(cluster, tmp_path_factory.mktemp("scenarios")) as scenarios:
        yield scenarios
