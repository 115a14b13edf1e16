"""The health endpoints that the kubelet asks."""

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Counter

from automl_operator.kube.health import STALE_SECONDS, Health, stale


@pytest.mark.parametrize(
    ("ages", "dead"),
    [
        pytest.param({}, [], id="no watch yet"),
        pytest.param({"pods": 0.1, "jobs": 61.0}, [], id="a bookmark a minute"),
        pytest.param({"pods": 130.0}, [], id="a process that was frozen for more than a minute"),
        pytest.param({"pods": STALE_SECONDS}, [], id="just before the end"),
        pytest.param({"pods": 0.1, "jobs": STALE_SECONDS + 1}, ["jobs"], id="a dead watch"),
    ],
)
def test_a_watch_is_dead_after_a_long_silence(ages, dead):
    assert [words.split(":")[0] for words in stale(ages)] == dead


@pytest.fixture
async def asked():
    """(client, ages, missing): the answers depend on the two containers."""
    ages: dict[str, float] = {}
    missing: list[str] = []
    registry = CollectorRegistry()
    Counter("automl_calls", "Calls.", registry=registry).inc()
    health = Health(registry, ages=lambda: ages, missing=lambda: missing)
    async with TestClient(TestServer(health.application())) as client:
        yield client, ages, missing


async def test_it_is_alive_as_long_as_its_watches_are(asked):
    client, ages, _ = asked
    ages["pods"] = 30.0
    alive = await client.get("/healthz")
    assert alive.status == 200
    assert (await alive.json())["secondsSinceLastNews"] == {"pods": 30.0}
    ages["pods"] = STALE_SECONDS + 1
    dead = await client.get("/healthz")
    assert dead.status == 503
    assert "pods" in (await dead.json())["problems"][0]


async def test_it_is_ready_when_nothing_is_missing_whatever_its_age(asked):
    client, ages, missing = asked
    ages["pods"] = STALE_SECONDS + 1
    missing.append("trials were not listed yet")
    waiting = await client.get("/readyz")
    assert (waiting.status, (await waiting.json())["problems"]) == (503, ["trials were not listed yet"])
    missing.clear()
    assert (await client.get("/readyz")).status == 200


async def test_metrics_are_in_the_format_of_prometheus(asked):
    client, _, _ = asked
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "automl_calls_total 1.0" in await answer.text()
