"""The calls to the broker: fresh tokens, retries, and no answer accepted from a leader of a past term."""

import random

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from automl_api.protocol import Announcement, HeartbeatRequest, LeaseRequest, RunnerEnvironment
from automl_runner.agent.broker_client import BrokerClient, BrokerLost, BrokerUnavailable, CallRefused
from builders.assignments import a_fit


@pytest_asyncio.fixture(loop_scope="module")
async def client(broker, tmp_path):
    token = tmp_path / "token"
    token.write_text("first\n")
    environment = RunnerEnvironment(broker_url=broker.url, token_file=str(token), broker_timeout_seconds=0.5)
    async with aiohttp.ClientSession() as session:
        yield BrokerClient(session, environment, random.Random(0))


def lease_request():
    return LeaseRequest(announcement=Announcement(slots=1), free=1, wait_seconds=0.1)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_of_a_lower_term_is_ignored(broker, client):
    broker.term = 7
    await client.heartbeat(HeartbeatRequest())
    broker.term = 6
    with pytest.raises(BrokerUnavailable, match="term 6 after term 7"):
        await client.heartbeat(HeartbeatRequest())


@pytest.mark.asyncio(loop_scope="module")
async def test_an_assignment_of_a_lower_term_is_not_begun(broker, client):
    broker.term = 7
    await client.heartbeat(HeartbeatRequest())
    broker.term = 6
    broker.give(a_fit())
    with pytest.raises(BrokerLost):
        await client.lease(lease_request)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_token_is_read_anew_for_each_call(broker, client, tmp_path):
    await client.heartbeat(HeartbeatRequest())
    (tmp_path / "token").write_text("second\n")
    await client.heartbeat(HeartbeatRequest())
    assert broker.authorizations == ["Bearer first", "Bearer second"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_broker_that_does_not_lead_says_when_to_come_back(broker, client):
    broker.refusal = web.Response(status=503, headers={"Retry-After": "7"})
    with pytest.raises(BrokerUnavailable) as refused:
        await client.heartbeat(HeartbeatRequest())
    assert refused.value.retry_after == 7


@pytest.mark.asyncio(loop_scope="module")
async def test_a_broker_that_stays_unreachable_is_lost_after_more_than_one_try(broker, client):
    broker.refusal = web.Response(status=503)
    with pytest.raises(BrokerLost):
        await client.lease(lease_request)
    assert broker.refusals > 1


@pytest.mark.parametrize("status", [400, 409, 413])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_call_with_a_permanent_error_is_not_retried(broker, client, status):
    broker.refusal = web.Response(status=status)
    with pytest.raises(CallRefused) as refused:
        await client.lease(lease_request)
    assert (refused.value.status, broker.refusals) == (status, 1)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_pause_that_a_broker_asks_for_is_kept_and_one_last_call_is_made_at_the_end(broker, client):
    broker.refusal = web.Response(status=503, headers={"Retry-After": "7"})
    with pytest.raises(BrokerLost):
        await client.lease(lease_request)
    assert broker.refusals == 2
