"""kopf over real HTTP: what it tells of, that it writes nothing, and how it ends."""

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
    """(server in memory, its HTTP side, what kopf has told of, how to run it)."""
    server = FakeApiServer()
    told: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
    async with served(server, tmp_path) as (api, kubeconfig):

        def notice(experiment, *, deleted):
            assert "managedFields" not in experiment["metadata"]
            told.put_nowait((experiment["metadata"]["name"], deleted))

        shell = Shell(Access(kubeconfig=str(kubeconfig)), (), notice, time.monotonic)
        yield server, api, told, shell


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


async def test_it_tells_of_what_there_is_of_what_changes_and_of_what_goes_and_writes_nothing(cluster):
    server, api, told, shell = cluster
    server.add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        assert await told.get() == ("first", False)
        server.add(EXPERIMENTS, "default", an_object("second"))
        assert await told.get() == ("second", False)
        server.change(EXPERIMENTS, "default", "second", {"spec": {"suspend": True}})
        assert await told.get() == ("second", False)
        server.remove(EXPERIMENTS, "default", "second")
        assert await told.get() == ("second", True)
    assert set(api.user_agents) == {"GET"}
    stored = server.stored(EXPERIMENTS, "default", "first")
    assert stored is not None
    assert not stored["metadata"].get("finalizers")
    assert not stored["metadata"].get("annotations")


async def test_an_error_in_its_watch_ends_it_in_words_and_nothing_of_ours(cluster):
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


async def test_its_own_loop_is_seen_to_turn(cluster):
    _, _, told, shell = cluster
    before = shell.turned_at
    cluster[0].add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        await told.get()
        assert shell.turned_at > before


async def test_it_runs_as_a_user_without_a_name(cluster, monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 65532")

    monkeypatch.setattr("getpass.getuser", nobody)
    server, _, told, shell = cluster
    server.add(EXPERIMENTS, "default", an_object("first"))
    async with running(shell), asyncio.timeout(20):
        assert await told.get() == ("first", False)
