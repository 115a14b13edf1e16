"""Calls that the broker must not serve: they are refused, counted by reason, and change nothing.

The runners' pods run the pause image, so that only these tests act, with the pods' own real tokens.
"""

import asyncio
import gc
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from automl_api.names import RUNNER_AUDIENCE
from automl_api.protocol import Assignment, HeartbeatRequest, Progress, Result
from automl_api.resources import FoldResult
from automl_api.resources.plan import LearnerPlan
from builders.applied import LONG, Applied
from builders.control import a_minimal_plan_spec, an_announcement
from builders.installation import Installation
from builders.scoped_release import scoped_release
from builders.waiting import eventually
from cluster import Cluster
from fakes.broker_harness import lease_body, result_body
from fakes.runner import HttpRunner

RELEASE = "t4broker"
BROKER = f"{RELEASE}-automl-operator-broker.{RELEASE}-system.svc"
MEGABYTE = 1024 * 1024

# The broker answers before it has read 5 MB, and a TLS connection with unsent data is not closed within a test.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <.*:pytest.PytestUnraisableExceptionWarning")


class Resolver(AbstractResolver):
    """Resolves the broker's name to the address of its Service, because this machine does not use the cluster's DNS."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The Service's address, whatever family is requested."""
        assert host == BROKER
        address = {"hostname": host, "host": self._address, "port": port, "family": family, "proto": 0, "flags": 0}
        return [ResolveResult(**address)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


@dataclass
class BrokerSetup:
    """A runner that holds a fit of `experiment`, its pod, a runner of `other`, and the tokens of both."""

    installation: Installation
    experiment: Applied
    other: Applied
    pod: dict[str, Any]
    tokens: dict[str, str]
    ca: str
    held: list[Assignment] = field(default_factory=list)

    @asynccontextmanager
    async def caller(self, token: str) -> AsyncIterator[HttpRunner]:
        """A caller of the broker with this token."""
        context = ssl.create_default_context(cadata=self.ca)
        resolver = Resolver(self.installation.service_address("broker"))
        connector = aiohttp.TCPConnector(ssl=context, resolver=resolver)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield HttpRunner(session, f"https://{BROKER}:8443", token)

    def refused(self) -> Counter[str]:
        """Number of refused calls so far, by reason."""
        samples = self.installation.samples()
        return Counter({s.labels["reason"]: int(s.value) for s in samples if s.name == "automl_broker_refused_total"})

    def stored(self) -> dict[str, Any]:
        """The stored objects of both experiments: their versions, and for the experiments all fields but the clock."""
        kinds = "amlexp,amltrial,amlplan,amlmodel,jobs"
        items = self.installation.cluster.get(kinds, namespace=self.experiment.namespace)["items"]
        return {f"{item['kind']} {item['metadata']['name']}": _without_clock(item) for item in items}

    def result(self, **fields: Any) -> Result:
        """A successful result of the fit that the runner holds."""
        (held,) = self.held
        assert held.fit is not None
        folds = tuple(FoldResult(fold=fold, score=0.75) for fold in held.fit.folds)
        return Result(id=held.id, attempt=held.attempt, **({"outcome": "succeeded", "folds": folds} | fields))


def _without_clock(item: dict[str, Any]) -> Any:
    if item["kind"] != "AutoMLExperiment":
        return item["metadata"]["resourceVersion"]
    moving = ("activeSeconds", "updatedAt")
    return item["spec"], {key: value for key, value in item.get("status", {}).items() if key not in moving}


@pytest.fixture(scope="module")
def setup(cluster: Cluster) -> Iterator[BrokerSetup]:
    runner = {"image": {"repository": "localhost/cluster-pause", "tag": "1"}, "runAsUser": 65532}
    store = {"uri": "s3://nowhere/models"}
    with scoped_release(cluster, RELEASE, runner=runner) as (installation, namespace):
        first, second = (Applied(cluster, namespace, name, budget=LONG, store=store) for name in ("adult", "neighbour"))
        pods = {experiment.name: experiment.runner() for experiment in (first, second)}
        tokens = {name: _projected_token(cluster, pod) for name, pod in pods.items()}
        pod = pods[first.name]
        ca = pod["metadata"]["annotations"]["automl-operator.dev/broker-ca"]
        setup = BrokerSetup(installation, first, second, pod, tokens, ca)
        asyncio.run(_take_a_fit(setup))
        yield setup


def _projected_token(cluster: Cluster, pod: dict[str, Any]) -> str:
    """The token that the kubelet has put into the pod, read on its node."""
    (node,) = (node for node in cluster.nodes() if node.name == pod["spec"]["nodeName"])
    pattern = f"kubelet/pods/{pod['metadata']['uid']}/volumes/kubernetes.io~projected/*/token"
    return next(node.place.folder.glob(pattern)).read_text(encoding="utf-8")


async def _take_a_fit(setup: BrokerSetup) -> None:
    """Prepare as the runner of the first experiment, and take a long fit."""
    async with setup.caller(setup.tokens[setup.experiment.name]) as runner:
        runner.announcement = an_announcement(learners=("linear",))
        (prepare,) = (await runner.lease()).assignments
        slow = LearnerPlan(name="linear", seconds_per_fold=60.0)
        plan = a_minimal_plan_spec().replace(learners=(slow,))
        prepared = Result(id=prepare.id, attempt=prepare.attempt, outcome="succeeded", plan=plan)
        answer = await runner.hand_in(prepared)
        for _ in range(5):
            if answer.assignments:
                break
            answer = await runner.lease()
        setup.held += answer.assignments
    assert [held.kind for held in setup.held] == ["fit"]
    eventually("the status counts its trial", lambda: setup.experiment.status()["trials"]["total"] == 1)


@pytest.fixture(autouse=True)
async def _alive(setup: BrokerSetup) -> None:
    """Send the runner's heartbeat, so that its lease does not expire meanwhile."""
    gc.collect()  # so that warnings about remains of the test before are raised in this module
    (held,) = setup.held
    async with setup.caller(setup.tokens[setup.experiment.name]) as runner:
        heartbeat = HeartbeatRequest(holding=(Progress(id=held.id, attempt=held.attempt),))
        status, _ = await runner.post("heartbeat", heartbeat.to_json())
    assert status == 200


# Callers that are refused: (token, reason), from the setup


def _of_a_pod_that_is_no_runner(setup: BrokerSetup) -> str:
    (operator,) = setup.installation.operators()
    name, uid = operator["metadata"]["name"], operator["metadata"]["uid"]
    bound = ("--bound-object-kind=Pod", f"--bound-object-name={name}", f"--bound-object-uid={uid}")
    account = operator["spec"]["serviceAccountName"]
    return setup.installation.cluster.kubectl(
        "create", "token", account, "--namespace", setup.installation.namespace,
        f"--audience={RUNNER_AUDIENCE}", *bound,
    ).strip()  # fmt: skip


def _of_no_pod(setup: BrokerSetup) -> str:
    return setup.experiment.kubectl("create", "token", "default", f"--audience={RUNNER_AUDIENCE}").strip()


def _minted(setup: BrokerSetup, **changed: Any) -> str:
    meta = setup.pod["metadata"]
    genuine = {
        "namespace": meta["namespace"],
        "service_account": "default",
        "pod": meta["name"],
        "pod_uid": meta["uid"],
        "audience": RUNNER_AUDIENCE,
        "expires": time.time() + 600,
    }
    return setup.installation.cluster.mint_token(**(genuine | changed))


def _forged(setup: BrokerSetup) -> str:
    """The runner's own claims with the signature of other claims."""
    head, claims, _ = _minted(setup).split(".")
    return ".".join((head, claims, _minted(setup, pod="another").split(".")[2]))


def _without_signature(setup: BrokerSetup) -> str:
    return _minted(setup).rpartition(".")[0] + "."


STRANGERS = [
    pytest.param(lambda _: "", "NoToken", id="no token"),
    pytest.param(lambda _: "guessed", "Unreadable", id="a word instead of a token"),
    pytest.param(_of_a_pod_that_is_no_runner, "PodGone", id="a token of another pod"),
    pytest.param(_of_no_pod, "NoPod", id="a token without a pod"),
    pytest.param(lambda s: _minted(s, expires=time.time() - 10), "Expired", id="an expired token"),
    pytest.param(lambda s: _minted(s, audience="another"), "WrongAudience", id="a foreign audience"),
    pytest.param(
        lambda s: _minted(s, audience="https://kubernetes.default.svc.cluster.local"),
        "WrongAudience",
        id="a token for the API server",
    ),
    pytest.param(lambda s: _minted(s, pod_uid="0-0-0-0"), "PodGone", id="a deleted pod of the same name"),
    pytest.param(_forged, "BadSignature", id="a forged signature"),
    pytest.param(_without_signature, "BadSignature", id="no signature"),
]


@pytest.mark.parametrize(("token_of", "reason"), STRANGERS)
async def test_a_stranger_is_refused_and_counted_and_changes_nothing(
    setup: BrokerSetup, token_of: Callable[[BrokerSetup], str], reason: str
) -> None:
    bodies = {"lease": lease_body(), "result": result_body(setup.result()), "heartbeat": _heartbeat(setup)}
    token, stored, refused = token_of(setup), setup.stored(), setup.refused()
    async with setup.caller(token) as stranger:
        for call, body in bodies.items():
            status, answer = await stranger.post(call, body, headers=None if token else {})
            assert (call, status) == (call, 401)
            assert "token" in answer["error"]
    assert setup.refused() - refused == {reason: len(bodies)}
    assert setup.stored() == stored


def _heartbeat(setup: BrokerSetup) -> str:
    (held,) = setup.held
    return f'{{"holding":[{{"id":"{held.id}","attempt":1,"folds":[{{"fold":0,"score":0.99}}]}}]}}'


# Bad calls of the runner itself

OLD = an_announcement(protocol=-1)
BAD_CALLS = [
    pytest.param("result", lambda good: good.replace("0.75", "NaN"), 400, "Unreadable", id="NaN"),
    pytest.param("result", lambda good: good.replace("0.75", "Infinity"), 400, "Unreadable", id="Infinity"),
    pytest.param("result", lambda good: good.replace("0.75", "-Infinity"), 400, "Unreadable", id="-Infinity"),
    pytest.param("result", lambda good: good.replace("0.75", "1e999"), 400, "Unreadable", id="1e999"),
    pytest.param("result", lambda good: good.replace("0.75", '"0.75x"'), 400, "Unreadable", id="a word for a score"),
    pytest.param("result", lambda good: good[:-2], 400, "Unreadable", id="half a body"),
    pytest.param("result", lambda good: good + " " * 5 * MEGABYTE, 413, "TooLarge", id="5 MB"),
    pytest.param("lease", lambda _: lease_body(announcement=OLD), 409, "TooOld", id="a protocol that is not served"),
    pytest.param("steal", lambda good: good, 404, "Http404", id="an unknown call"),
]


@pytest.mark.parametrize(("call", "body_of", "status", "reason"), BAD_CALLS)
async def test_a_bad_call_of_a_runner_is_refused_and_counted_and_changes_nothing(
    setup: BrokerSetup, call: str, body_of: Callable[[str], str], status: int, reason: str
) -> None:
    stored, refused = setup.stored(), setup.refused()
    async with setup.caller(setup.tokens[setup.experiment.name]) as runner:
        got, answer = await runner.post(call, body_of(result_body(setup.result())).encode())
    assert got == status
    assert answer["error"]
    assert setup.refused() - refused == {reason: 1}
    assert setup.stored() == stored


async def test_a_runner_of_another_experiment_cannot_act_on_this_one(setup: BrokerSetup) -> None:
    """The token decides whose runner is calling: its own experiment has no such assignment."""
    stored = _of(setup.experiment, setup.stored())
    async with setup.caller(setup.tokens[setup.other.name]) as neighbour:
        for call, body in (("result", result_body(setup.result())), ("heartbeat", _heartbeat(setup))):
            status, _ = await neighbour.post(call, body)
            assert status == 200
    assert _of(setup.experiment, setup.stored()) == stored
    assert setup.other.trials() == []


def _of(experiment: Applied, stored: dict[str, Any]) -> dict[str, Any]:
    return {name: version for name, version in stored.items() if name.split()[1].startswith(experiment.name)}


async def test_a_result_of_work_that_was_never_given_changes_nothing(setup: BrokerSetup) -> None:
    stored = setup.stored()
    async with setup.caller(setup.tokens[setup.experiment.name]) as runner:
        for identity in ("prepare-77", "finalize-1", "fit-9-0-1-1"):
            forged = Result(id=identity, attempt=1, outcome="succeeded", plan=a_minimal_plan_spec())
            assert (await runner.post("result", result_body(forged)))[0] == 200
    assert setup.stored() == stored


async def test_the_runner_is_served_after_all_of_that(setup: BrokerSetup) -> None:
    """Shows that the refusals come from the calls and not from the test: this call is accepted."""
    (trial,) = setup.experiment.trials()
    async with setup.caller(setup.tokens[setup.experiment.name]) as runner:
        runner.announcement = an_announcement(learners=("linear",))
        await runner.hand_in(setup.result(), free=0)
    name = trial["metadata"]["name"]
    known = {found["metadata"]["name"]: found for found in setup.experiment.trials()}
    assert known[name]["spec"] == trial["spec"]
    metric = ("automl_assignments_finished_total", {"kind": "fit", "outcome": "succeeded", "failure_class": "none"})
    eventually(
        "the fit is counted",
        lambda: any((s.name, s.labels) == metric and s.value for s in setup.installation.samples()),
    )
