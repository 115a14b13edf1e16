"""kopf over real HTTP: it reports changes, writes nothing, and ends cleanly."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest

from automl_api.kinds import EXPERIMENTS
from automl_operator.kube.api.access import Access
from automl_operator.kube.shell import Shell, ShellEnded
from fakes.api_server import FakeApiServer
from fakes.served_api import served


@pytest.fixture
async def cluster(tmp_path):
    """(server in memory, its HTTP side, queue of reported changes, the shell)."""
    server = FakeApiServer()
    reported: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
    async with served(server, tmp_path) as (api, kubeconfig):

        def notice(experiment, *, deleted):
            assert "managedFields" not in experiment["metadata"]
            reported.put_nowait((experiment["metadata"]["name"], deleted))

        shell = Shell(Access(kubeconfig=str(kubeconfig)), (), notice, time.monotonic)
        yield server, api, reported, shell


@asynccontextmanager
async def running(shell):
    task = asyncio.create_task(shell.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ShellEnded):
            await task


def an_object(name):
    return {
        "apiVersion": EXPERIMENTS.api_version,
        "kind": EXPERIMENTS.kind,
        "metadata": {"name": name, "namespace": "default", "managedFields": [{}]},
        "spec": {"target": "class"},
    }


async def test_it_reports_existing_changed_and_deleted_experiments_and_writes_nothing(cluster):
    server, api, reported, shell = cluster
    server.add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        assert await reported.get() == ("first", False)
        server.add(EXPERIMENTS, "default", an_object("second"))
        assert await reported.get() == ("second", False)
        server.change(EXPERIMENTS, "default", "second", {"spec": {"suspend": True}})
        assert await reported.get() == ("second", False)
        server.remove(EXPERIMENTS, "default", "second")
        assert await reported.get() == ("second", True)
    assert set(api.user_agents) == {"GET"}
    stored = server.stored(EXPERIMENTS, "default", "first")
    assert stored is not None
    assert not stored["metadata"].get("finalizers")
    assert not stored["metadata"].get("annotations")


async def test_an_error_in_its_watch_ends_only_kopf_with_a_message(cluster):
    _, api, _, shell = cluster
    api.watch_error = {"kind": "Status", "code": 500, "message": "etcd has no leader"}
    beside: list[asyncio.Task[bool]] = []

    async def begin_later():
        await asyncio.sleep(0.05)
        beside.append(asyncio.create_task(asyncio.Event().wait()))

    with pytest.raises(ShellEnded, match="etcd has no leader"):
        async with asyncio.timeout(20):
            await asyncio.gather(shell.run(), begin_later())
    assert not beside[0].done()
    beside[0].cancel()


async def test_its_own_event_loop_is_monitored(cluster):
    _, _, reported, shell = cluster
    before = shell.turned_at
    cluster[0].add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        await reported.get()
        assert shell.turned_at > before


async def test_it_runs_as_a_user_without_a_name(cluster, monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 65532")

    monkeypatch.setattr("getpass.getuser", nobody)
    server, _, reported, shell = cluster
    server.add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        assert await reported.get() == ("first", False)
