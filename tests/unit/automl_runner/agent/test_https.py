"""A broker over HTTPS, whose certificate and whose leader change while a runner is at work."""

import asyncio
import os
import random
import ssl

import aiohttp
import pytest
import pytest_asyncio

from automl_api.protocol import HeartbeatRequest, RunnerEnvironment, exit_codes
from automl_runner.agent.broker_client import BrokerClient, BrokerUnavailable
from builders.assignments import a_fit
from builders.certificate_files import files_in, self_signed
from fakes.stub_broker import StubBroker

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def broker(tmp_path):
    files = files_in(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    stub = StubBroker(context)
    await stub.start()
    yield stub
    await stub.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def client(broker, tmp_path):
    (tmp_path / "token").write_text("token")
    environment = RunnerEnvironment(
        broker_url=broker.url, token_file=str(tmp_path / "token"), broker_ca=str(tmp_path / "trusted.crt")
    )
    async with aiohttp.ClientSession() as session:
        yield BrokerClient(session, environment, random.Random(0))


async def test_the_ca_is_read_again_when_its_file_changes(client, tmp_path):
    trusted = tmp_path / "trusted.crt"
    trusted.write_bytes(self_signed("another")[0])
    with pytest.raises(BrokerUnavailable, match="certificate"):
        await client.heartbeat(HeartbeatRequest())
    trusted.write_bytes((tmp_path / "tls.crt").read_bytes())
    await client.heartbeat(HeartbeatRequest())


@pytest.mark.parametrize("text", ["", "no certificate", None], ids=["empty", "something else", "missing"])
async def test_without_a_ca_no_answer_is_accepted(client, tmp_path, text):
    if text is not None:
        (tmp_path / "trusted.crt").write_text(text)
    with pytest.raises(BrokerUnavailable):
        await client.heartbeat(HeartbeatRequest())


async def test_a_broker_restarted_under_a_new_term_adopts_the_same_child_and_gets_its_result_once(
    broker, start_runner, tmp_path
):
    broker.term = 1
    broker.give(a_fit(id_="long", folds=(0, 1), seconds=4.0))
    runner = await start_runner(broker_ca=str(tmp_path / "tls.crt"), slots=2)
    await broker.until(lambda: any(beat.holding and len(beat.holding[0].folds) == 2 for beat in broker.heartbeats))
    await broker.stop()
    again = StubBroker(broker.ssl_context)
    again.port, again.term = broker.port, 2
    await again.start()
    await again.until(lambda: any(lease.holding for lease in again.leases))
    code, log = await runner.end()
    await again.stop()
    assert code == exit_codes.LEFT, log
    (result_received,) = again.results
    assert (result_received.result.id, result_received.result.attempt, result_received.result.outcome) == (
        "long",
        1,
        "succeeded",
    )
    assert not broker.results
    # The child's fold carries its process id; the folds were reported before the restart, and by no other process.
    assert [fold.fold for lease in again.leases for progress in lease.holding for fold in progress.folds][:2] == [0, 1]
    assert result_received.result.folds[0].rounds not in (0, os.getpid())


async def test_a_leader_of_a_past_term_is_ignored_and_the_next_one_is_not(broker, client, tmp_path):
    (tmp_path / "trusted.crt").write_bytes((tmp_path / "tls.crt").read_bytes())
    for term, heard in ((3, True), (2, False), (4, True)):
        broker.term = term
        try:
            await asyncio.wait_for(client.heartbeat(HeartbeatRequest()), 10.0)
        except BrokerUnavailable:
            assert not heard
        else:
            assert heard
