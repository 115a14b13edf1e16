"""Stores: their address, their mounts, and the problems that are reported for them."""

import re
from typing import Any

import pytest

from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import Experiment
from automl_api.resources.experiment import DataSpec, EvaluationSpec, SecretReference, StoreSpec, UserTestData
from automl_api.schemes import S3_KEYS
from automl_operator.decisions.state.snapshot import Pool, StoreProblem
from automl_operator.kube.manifests.belonging import MANAGED_BY, MANAGER
from automl_operator.kube.manifests.volumes import ClaimMount, SecretMount
from automl_operator.kube.settings import StoreSettings
from automl_operator.kube.world.foreign_events import LatestEvent
from automl_operator.kube.world.stores import must_be_together, refused_address, storage_of, store_problem
from builders.kube import CREATED_AT, NAMESPACE, UID, a_claim, a_cluster_experiment, a_pod, latest_events, settings

BUCKET = StoreSpec(uri="s3://bucket/automl", region="eu-1", secret_ref=SecretReference(name="bucket"))
PLATFORM = settings(store=StoreSettings(uri="s3://platform/automl", endpoint="http://s3:9000"))
OWN = ClaimMount("churn-store")
PREFIX = f"{NAMESPACE}/churn-{UID}"
NOBODY_SAYS = latest_events()
CPU, BIG = Pool("cpu", 2, 4), Pool("big", 8, 1)


def on(data: str = "example:adult", store: StoreSpec | None = None, secret: str = "") -> Experiment:
    reference = SecretReference(name=secret) if secret else None
    experiment = a_cluster_experiment(store=store) if store else a_cluster_experiment()
    return experiment.replace(spec=experiment.spec.replace(data=DataSpec(uri=data, secret_ref=reference)))


def with_test_rows(uri: str, experiment: Experiment, secret: str = "") -> Experiment:
    test = UserTestData(uri=uri, secret_ref=SecretReference(name=secret) if secret else None)
    return experiment.replace(spec=experiment.spec.replace(evaluation=EvaluationSpec(test=test)))


@pytest.mark.parametrize(
    ("experiment", "platform", "uri", "claims", "secrets", "own"),
    [
        pytest.param(on(), settings(), "pvc://churn-store/", (OWN,), (), "churn-store", id="no store is named"),
        pytest.param(on(), PLATFORM, "s3://platform/automl", (), (), "", id="the settings' store"),
        pytest.param(on(store=BUCKET), PLATFORM, "s3://bucket/automl", (), ("bucket",), "", id="the experiment's store"),
        pytest.param(
            on("s3://lake/rows.parquet", BUCKET, "lake"),
            settings(),
            "s3://bucket/automl",
            (),
            ("bucket", "lake"),
            "",
            id="data with a Secret of its own",
        ),
        pytest.param(
            on("pvc://rows/a.csv", BUCKET), settings(), "s3://bucket/automl", (ClaimMount("rows", True),), ("bucket",), "",
            id="data in a claim, mounted read-only",
        ),
        pytest.param(
            on("pvc://rows/a.csv"), settings(), "pvc://churn-store/", (OWN, ClaimMount("rows", True)), (), "churn-store",
            id="data in another claim",
        ),
        pytest.param(
            on("pvc://churn-store/data/a.csv"), settings(), "pvc://churn-store/", (OWN,), (), "churn-store",
            id="data uploaded into the experiment's own claim",
        ),
        pytest.param(
            with_test_rows("pvc://exam/test.csv", on("pvc://rows/a.csv", BUCKET)), settings(), "s3://bucket/automl",
            (ClaimMount("exam", True), ClaimMount("rows", True)), ("bucket",), "", id="test rows in another claim",
        ),
        pytest.param(
            with_test_rows("pvc://churn-store/data/test.csv", on()), settings(), "pvc://churn-store/", (OWN,), (), "churn-store",
            id="test rows uploaded into the experiment's own claim",
        ),
        pytest.param(
            with_test_rows("s3://exam/test.csv", on("s3://lake/rows.parquet", secret="lake")), settings(), "pvc://churn-store/",
            (OWN,), ("lake",), "churn-store", id="test rows with the data's Secret",
        ),
        pytest.param(
            with_test_rows("s3://exam/test.csv", on("s3://lake/rows.parquet", BUCKET, "lake"), "exam"), settings(),
            "s3://bucket/automl", (), ("bucket", "exam", "lake"), "", id="test rows with a Secret of their own",
        ),
        pytest.param(
            on(store=StoreSpec(uri="pvc://shared/team")), settings(), "pvc://shared/team", (ClaimMount("shared"),), (), "",
            id="a named claim",
        ),
    ],
)  # fmt: skip
def test_the_store_and_its_mounts(
    experiment: Experiment, platform: Any, uri: str, claims: Any, secrets: Any, own: str
) -> None:
    storage = storage_of(experiment, platform, {})
    names = tuple(mount.secret for mount in storage.secrets)
    assert (storage.store.uri, storage.claims, names, storage.own_claim) == (
        f"{uri.rstrip('/')}/{PREFIX}", claims, secrets, own,
    )  # fmt: skip


@pytest.mark.parametrize(
    "experiment",
    [
        pytest.param(on(store=BUCKET), id="of the store"),
        pytest.param(on("s3://lake/rows.parquet", secret="bucket"), id="of the data"),
        pytest.param(
            on("s3://lake/rows.parquet", BUCKET.replace(uri="pvc://shared")),
            id="of the store, for data that names none",
        ),
        pytest.param(on(store=BUCKET.replace(uri="pvc://shared")), id="a Secret that nothing uses"),
    ],
)
def test_a_secret_is_mounted_once_with_the_keys_of_its_scheme(experiment: Experiment) -> None:
    assert storage_of(experiment, settings(), {}).secrets == (SecretMount("bucket", S3_KEYS.names),)


def test_experiments_in_a_shared_store_have_different_folders() -> None:
    """Even with a thousand uids with the same beginning, whatever the namespaces and names are."""
    lives = [
        a_cluster_experiment(name, f"5d1f9a20-0000-4000-8000-{number:012}")
        for number in range(500)
        for name in ("churn", "churn-5d1f9")
    ]
    lives += [experiment.replace(metadata=experiment.metadata.replace(namespace="other")) for experiment in lives]
    places = {storage_of(experiment, PLATFORM, {}).store.uri for experiment in lives}
    assert len(places) == len(lives)
    assert {place.split("/")[4] for place in places if place} == {NAMESPACE, "other"}


def test_the_store_of_the_settings_has_its_endpoint() -> None:
    assert storage_of(on(), PLATFORM, {}).store.endpoint == "http://s3:9000"


def test_a_claim_that_is_the_store_stays_the_store_when_the_settings_change() -> None:
    claim = a_claim()
    claim["metadata"] |= {"labels": {MANAGED_BY: MANAGER}, "ownerReferences": [{"uid": UID}]}
    assert storage_of(on(), PLATFORM, {"churn-store": claim}).store.uri == f"pvc://churn-store/{PREFIX}"


def test_a_claim_with_uploaded_data_is_not_the_store_if_the_settings_name_one() -> None:
    claim = a_claim()
    claim["metadata"] |= {"labels": {LABEL_EXPERIMENT: "churn"}, "ownerReferences": [{"uid": UID}]}
    storage = storage_of(on("pvc://churn-store/data/a.csv"), PLATFORM, {"churn-store": claim})
    assert storage.store.uri == f"s3://platform/automl/{PREFIX}"
    assert storage.claims == (ClaimMount("churn-store", True),)


@pytest.mark.parametrize(
    ("modes", "together"),
    [
        pytest.param(("ReadWriteOnce",), True, id="ReadWriteOnce"),
        pytest.param(("ReadWriteMany",), False, id="ReadWriteMany"),
        pytest.param(("ReadWriteOnce", "ReadOnlyMany"), False, id="ReadOnlyMany"),
    ],
)
def test_a_read_write_once_volume_keeps_pods_on_one_node(modes: tuple[str, ...], together: bool) -> None:
    claims = {"churn-store": a_claim(modes=modes)}
    assert must_be_together(storage_of(on(), settings(), claims), claims) is together


def test_without_a_volume_pods_may_run_anywhere() -> None:
    assert not must_be_together(storage_of(on(store=BUCKET), settings(), {}), {})


@pytest.mark.parametrize(
    ("experiment", "hint"),
    [
        pytest.param(on("file:/home/me/a.csv"), "spec.data.uri is file:/home/me/a.csv, .* --data FILE", id="data"),
        pytest.param(
            with_test_rows("file:/a.csv", on()), "spec.evaluation.test.uri is file:/a.csv, .* --test FILE", id="test"
        ),
        pytest.param(on(store=StoreSpec(uri="file:/srv/store")), "s3://", id="store"),
    ],
)
def test_an_address_on_one_machine_is_refused_with_a_remedy(experiment: Experiment, hint: str) -> None:
    refusal = refused_address(experiment)
    assert refusal is not None
    assert refusal.reason == "LocalAddress"
    assert re.search(hint, refusal.message)


def test_other_addresses_are_not_refused() -> None:
    assert refused_address(on("s3://lake/rows.parquet", BUCKET)) is None


# Problems


def problem(
    experiment: Experiment,
    claims: dict[str, Any],
    pools: tuple[Pool, ...] = (CPU,),
    waiting: tuple[Any, ...] = (),
    heard: LatestEvent = NOBODY_SAYS,
    waited: float = 0.0,
) -> StoreProblem | None:
    storage = storage_of(experiment, settings(), claims)
    return store_problem(
        experiment, storage, claims, pools=pools, waiting=waiting, last_word=heard, now=CREATED_AT + waited
    )


def test_a_bucket_with_many_pools_has_no_problem() -> None:
    assert problem(on(store=BUCKET), {}, (CPU, BIG), (a_pod("Pending"),), waited=500.0) is None


def test_a_claim_that_the_operator_will_create_is_not_missing() -> None:
    assert problem(on(), {}) is None


@pytest.mark.parametrize("experiment", [on("pvc://rows/a.csv"), on(store=StoreSpec(uri="pvc://rows/x"))])
def test_a_missing_claim_is_reported_before_a_runner_is_started(experiment: Experiment) -> None:
    found = problem(experiment, {})
    assert found is not None
    assert (found.reason, found.blocks) == ("ClaimMissing", True)
    assert "rows" in found.message


@pytest.mark.parametrize("claims", [{}, {"churn-store": a_claim()}], ids=["before it is created", "created"])
def test_a_read_write_once_volume_cannot_serve_two_pools(claims: dict[str, Any]) -> None:
    found = problem(on(), claims, (CPU, BIG))
    assert found is not None
    assert (found.reason, found.blocks) == ("StoreNotShared", True)
    assert "cpu, big" in found.message


def test_a_read_write_many_volume_can_serve_two_pools() -> None:
    assert problem(on(), {"churn-store": a_claim(modes=("ReadWriteMany",))}, (CPU, BIG)) is None


def test_a_missing_secret_is_reported_with_the_command_that_creates_it() -> None:
    events = latest_events(
        pod_1=("FailedMount", 'MountVolume.SetUp failed for volume "secret-0" : secret "bucket" not found')
    )
    found = problem(on(store=BUCKET), {}, waiting=(a_pod("Pending"),), heard=events)
    assert found is not None
    assert (found.reason, found.blocks) == ("CredentialsMissing", False)
    assert "kubectl create secret generic bucket -n lab" in found.message
    assert "--from-literal=AWS_ACCESS_KEY_ID=... --from-literal=AWS_SECRET_ACCESS_KEY=..." in found.message


def test_a_secret_without_a_key_is_reported_with_the_key() -> None:
    words_of_kubelet = (
        'MountVolume.SetUp failed for volume "secret-0" : references non-existent secret key: AWS_SECRET_ACCESS_KEY'
    )
    events = latest_events(pod_1=("FailedMount", words_of_kubelet))
    found = problem(on(store=BUCKET), {}, waiting=(a_pod("Pending"),), heard=events)
    assert found is not None
    assert found.reason == "CredentialsMissing"
    assert "lacks AWS_SECRET_ACCESS_KEY" in found.message


def test_another_missing_secret_is_no_problem_of_the_store() -> None:
    events = latest_events(
        pod_1=("FailedMount", 'MountVolume.SetUp failed for volume "mesh" : secret "mesh-ca" not found')
    )
    assert problem(on(store=BUCKET), {}, waiting=(a_pod("Pending"),), heard=events) is None


@pytest.mark.parametrize(
    ("waited", "phase", "word", "reason"),
    [
        pytest.param(59.0, "Pending", ("FailedBinding", "no storage class is set"), "", id="not yet"),
        pytest.param(
            60.0, "Pending", ("FailedBinding", "no storage class is set"), "StorePending", id="no storage class"
        ),
        pytest.param(60.0, "Bound", ("FailedBinding", "no storage class is set"), "", id="bound since"),
        pytest.param(90.0, "Pending", ("WaitForFirstConsumer", "waiting for pod"), "", id="it is the pod that waits"),
    ],
)
def test_a_claim_without_a_volume_is_reported_after_a_minute(
    waited: float, phase: str, word: tuple[str, str], reason: str
) -> None:
    events = latest_events(claim_churn_store=word)
    claims = {"churn-store": a_claim(phase=phase)}
    found = problem(on(), claims, waiting=(a_pod("Pending"),), heard=events, waited=waited)
    assert (found.reason if found else "") == reason
    if found is not None:
        assert "no storage class is set" in found.message
