"""The client on a real API server: the contract, and behaviour that only a real server has."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from automl_api.kinds import CLAIMS, EXPERIMENTS, LEASES, PODS, TRIALS, Kind
from automl_operator.kube.api.access import Access
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.errors import Invalid, NotFound
from automl_operator.kube.api.leadership import Leadership
from automl_operator.kube.api.list_watch import ListWatch
from automl_operator.kube.api.token_bucket import TokenBucket
from automl_operator.kube.api.tokens import ISSUER_PATH, KEYS_PATH, TokenVerifier
from automl_operator.kube.api.urgency import Urgency
from builders.control import a_claimed_trial
from contracts.api import ApiContract, a_lease_object, an_experiment_object, becomes_true

NOW = Urgency.CLAIM
LEASE = {"holderIdentity": "me"}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
TRIAL = a_claimed_trial().spec.to_dict()


@pytest.fixture
async def api(cluster: Any) -> AsyncIterator[KubernetesApi]:
    bucket = TokenBucket(qps=500.0, burst=500)
    async with await KubernetesApi.connect(Access(kubeconfig=str(cluster.kubeconfig)), bucket=bucket) as api:
        yield api


class TestTheRealServer(ApiContract):
    async def test_an_invalid_object_is_refused_for_good(self, api: KubernetesApi, namespace: str) -> None:
        with pytest.raises(Invalid, match=r"spec\.target"):
            await api.create(EXPERIMENTS, namespace, {"metadata": {"name": "x"}, "spec": {}}, urgency=NOW)

    @pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
    async def test_an_object_that_is_too_large_is_refused_for_good(self, api: KubernetesApi, namespace: str) -> None:
        for size in (1_600_000, 4_000_000):
            await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
            status = {"images": {"cpu": "x" * size}}
            with pytest.raises(Invalid):
                await api.apply_status(EXPERIMENTS, namespace, "churn", status, urgency=NOW)
            await api.delete(EXPERIMENTS, namespace, "churn", urgency=NOW)

    async def test_a_missing_namespace_is_empty_and_refuses_creates(self, api: KubernetesApi) -> None:
        assert (await api.list(LEASES, "no-such-namespace")).items == ()
        with pytest.raises(NotFound):
            await api.create(LEASES, "no-such-namespace", a_lease_object(), urgency=NOW)

    async def test_long_lists_come_in_pages(
        self, api: KubernetesApi, namespace: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("automl_operator.kube.api.client.PAGE", 3)
        names = [f"lease-{number}" for number in range(8)]
        await asyncio.gather(*(api.create(LEASES, namespace, a_lease_object(name), urgency=NOW) for name in names))
        listing = await api.list(LEASES, namespace)
        assert sorted(item["metadata"]["name"] for item in listing.items) == names

    @pytest.mark.parametrize(("kind", "spec"), [(LEASES, LEASE), (CLAIMS, CLAIM), (TRIALS, TRIAL)])
    async def test_every_listed_object_has_its_api_version_and_kind(
        self, api: KubernetesApi, namespace: str, kind: Kind, spec: dict[str, Any]
    ) -> None:
        for name in ("one", "two"):
            await api.create(kind, namespace, {"metadata": {"name": name}, "spec": spec}, urgency=NOW)
        listed = (await api.list(kind, namespace)).items
        assert [(item["apiVersion"], item["kind"]) for item in listed] == [(kind.api_version, kind.kind)] * 2


async def test_a_list_watch_follows_the_real_server(api: KubernetesApi, namespace: str) -> None:
    reported: list[tuple[str, bool, bool]] = []
    watch = ListWatch(
        api,
        LEASES,
        namespace,
        labels="mine",
        on_change=lambda name, old, new: reported.append((name[1], old is not None, new is not None)),
    )
    task = asyncio.create_task(watch.run())
    await watch.synced.wait()
    await api.create(LEASES, namespace, a_lease_object("other"), urgency=NOW)
    created = await api.create(LEASES, namespace, a_lease_object(labels={"mine": ""}), urgency=NOW)
    watch.put(created)
    await api.patch(LEASES, namespace, "one", {"spec": {"leaseTransitions": 1}}, urgency=NOW)
    await api.delete(LEASES, namespace, "one", urgency=NOW)

    async def all_reported() -> bool:
        return reported == [("one", False, True), ("one", True, True), ("one", True, False)]

    await becomes_true(all_reported)
    watch.put(created)
    assert not watch.objects
    task.cancel()
    await asyncio.wait([task])


async def test_the_lease_passes_from_one_process_to_the_next(cluster: Any, namespace: str) -> None:
    access = Access(kubeconfig=str(cluster.kubeconfig))
    lost: list[str] = []
    first, second = (Leadership.connect(namespace, "leader", on_lost=lost.append, access=access) for _ in range(2))
    term = await first.acquire()
    standby = asyncio.create_task(second.acquire())
    await asyncio.sleep(3.0)
    assert not standby.done()
    assert (first.term(), second.term()) == (term, None)
    await asyncio.to_thread(first.release)
    assert first.term() is None
    async with asyncio.timeout(10.0):
        assert await standby > term
    await asyncio.to_thread(second.release)
    assert lost == []


async def test_a_token_of_the_real_server_is_verified_offline(api: KubernetesApi, cluster: Any, namespace: str) -> None:
    pod = {
        "metadata": {"name": "runner"},
        "spec": {
            "nodeSelector": {"no": "node"},
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "x",
                    "image": "localhost/none:1",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    created = await api.create(PODS, namespace, pod, urgency=NOW)
    uid = created["metadata"]["uid"]
    bound = ("--bound-object-kind=Pod", "--bound-object-name=runner", f"--bound-object-uid={uid}")
    token = cluster.kubectl("create", "token", "default", "-n", namespace, "--audience=runner.x", *bound).strip()
    issuer = (await api.document(ISSUER_PATH))["issuer"]
    verifier = TokenVerifier(lambda: api.document(KEYS_PATH), audience="runner.x", issuer=issuer)
    claims = await verifier.verify(token)
    assert (claims.namespace, claims.pod, claims.pod_uid, claims.service_account) == (
        namespace,
        "runner",
        uid,
        "default",
    )
