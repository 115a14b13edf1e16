"""The operator as a process: `python -m automl_operator` against an API server over HTTP."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from automl_api.kinds import EXPERIMENTS, JOBS, LEASES
from builders.certificate_files import files_in
from builders.experiments import an_experiment
from fakes.api_server import FakeApiServer
from fakes.served_api import served


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Running:
    """A running operator and its address for health checks."""

    process: asyncio.subprocess.Process
    broker: str
    health: str
    ca: str

    async def asked(self, path: str) -> tuple[int, str]:
        """Status and body of the process's answer."""
        async with aiohttp.ClientSession() as session, session.get(self.health + path) as answer:
            return answer.status, await answer.text()

    async def ready(self) -> None:
        while True:
            try:
                status, _ = await self.asked("/readyz")
            except aiohttp.ClientError:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(0.05)

    async def ended(self) -> tuple[int | None, list[dict[str, str]]]:
        """Exit code, and every line that was logged."""
        _, logged = await self.process.communicate()
        return self.process.returncode, [json.loads(line) for line in logged.splitlines()]


def written_settings(folder, **changes):
    """A settings file in a folder, with free ports and a certificate."""
    files = files_in(folder)
    broker, health = free_port(), free_port()
    settings = {
        "broker": {
            "url": f"https://127.0.0.1:{broker}",
            "port": broker,
            "certificate": str(files.certificate),
            "key": str(files.key),
            "ca": str(files.certificate),
        },
        "health": {"port": health},
        "runner": {"image": "runner:1"},
        "pools": {"cpu": {"resources": {"limits": {"memory": "1Gi"}}}},
    }
    (folder / "config.yaml").write_text(json.dumps(settings | changes))
    return folder / "config.yaml", broker, health, files


@asynccontextmanager
async def an_operator(folder, kubeconfig, **changes):
    """Start the program; it is killed at the end if it still runs."""
    config, broker, health, files = written_settings(folder, **changes)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "automl_operator", "--config", str(config), "--kubeconfig", str(kubeconfig)),
        stderr=PIPE,
        limit=2**20,
    )
    try:
        yield Running(process, f"https://127.0.0.1:{broker}", f"http://127.0.0.1:{health}", str(files.certificate))
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_it_serves_an_experiment_and_ends_cleanly(tmp_path):
    server = FakeApiServer()
    async with served(server, tmp_path) as (api, kubeconfig), an_operator(tmp_path, kubeconfig) as operator:
        async with asyncio.timeout(60):
            await operator.ready()
            experiment = an_experiment().to_dict()
            experiment["metadata"] = {"name": "churn", "namespace": "default"}
            server.add(EXPERIMENTS, "default", {key: value for key, value in experiment.items() if key != "status"})
            while not server.all(JOBS, "default"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            _, metrics = await operator.asked("/metrics")
            async with aiohttp.ClientSession() as session:
                tls = ssl.create_default_context(cafile=operator.ca)
                headers = {"Authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"}
                refused = await session.post(f"{operator.broker}/v1/lease", ssl=tls, headers=headers, data=b"{}")
            operator.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                code, lines = await operator.ended()
    assert code == 0
    assert refused.status == 401
    assert 'automl_api_requests_total{code="200",resource="jobs",verb="create"} 1.0' in metrics
    assert "automl_leader 1.0" in metrics
    assert [line for line in lines if line["level"] != "info"] == []
    started = next(line for line in lines if line["message"].startswith("runner started"))
    assert started["experiment"] == "churn"
    assert started["runner"].startswith("churn-")
    stored = server.stored(EXPERIMENTS, "default", "churn")
    assert stored is not None
    assert not stored["metadata"].get("finalizers")
    assert not [key for key in stored["metadata"].get("annotations", {}) if "kopf" in key]
    assert api.user_agents["PATCH"] == api.user_agents["POST"] == {"automl-operator"}


async def test_a_standby_answers_not_leader(tmp_path):
    server = FakeApiServer()
    election = {"enabled": True, "namespace": "default", "name": "taken"}
    held = {"holderIdentity": "another", "leaseDurationSeconds": 3600, "leaseTransitions": 1}
    server.add(LEASES, "default", {"metadata": {"name": "taken"}, "spec": held})
    async with (
        served(server, tmp_path) as (_, kubeconfig),
        an_operator(tmp_path, kubeconfig, leaderElection=election) as standby,
    ):
        async with asyncio.timeout(60):
            await standby.ready()
            server.add(
                EXPERIMENTS, "default", {"metadata": {"name": "churn"}, "spec": an_experiment().to_dict()["spec"]}
            )
            async with aiohttp.ClientSession() as session:
                tls = ssl.create_default_context(cafile=standby.ca)
                refused = await session.post(f"{standby.broker}/v1/lease", ssl=tls, data=b"{}")
            _, metrics = await standby.asked("/metrics")
            standby.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                code, _ = await standby.ended()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    assert "automl_leader 0.0" in metrics
    assert code == 0
    assert not server.all(JOBS)


async def test_an_unreachable_api_server_is_reported_in_one_line(tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    async with served(FakeApiServer(), tmp_path):
        pass
    async with an_operator(tmp_path, kubeconfig) as operator, asyncio.timeout(60):
        code, lines = await operator.ended()
    assert code == 1
    assert lines[-1]["level"] == "critical"
    assert "no answer from the API server" in lines[-1]["message"]
