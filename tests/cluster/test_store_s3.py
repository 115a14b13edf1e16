"""The contract of stores over a real S3 server, and its refusals."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_api.resources.experiment import SecretReference, StoreSpec
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.store import open_store
from builders.s3_server import S3Server, s3_server
from contracts.store import StoreContract

_numbers = itertools.count()
BUCKET = "automl"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket(BUCKET)
        yield server


def mounted(place: Path, keys: dict[str, str]) -> Mounts:
    """A runner's mounts with a Secret of these keys."""
    (place / "secrets" / "keys").mkdir(parents=True, exist_ok=True)
    for name, value in keys.items():
        (place / "secrets" / "keys" / name).write_text(value)
    return Mounts(secrets=place / "secrets", cache=place / "cache")


def a_bucket_spec(server: S3Server, uri: str) -> StoreSpec:
    return StoreSpec(uri=uri, endpoint=server.endpoint, region=server.region, secret_ref=SecretReference(name="keys"))


class TestS3Store(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, server: S3Server, tmp_path: Path) -> None:
        mounted(tmp_path, server.credentials())
        self.server = server

    def spec(self, place: Path) -> StoreSpec:
        return a_bucket_spec(self.server, f"s3://{BUCKET}/runs/{next(_numbers)}")


REFUSALS = {
    "an unknown key": ({"AWS_ACCESS_KEY_ID": "nobody"}, BUCKET, "CredentialsRefused"),
    "a wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, BUCKET, "CredentialsRefused"),
    "an empty key": ({"AWS_ACCESS_KEY_ID": ""}, BUCKET, "CredentialsMissing"),
    "no such bucket": ({}, "nowhere", "StoreMissing"),
}


@pytest.mark.parametrize(("changed", "bucket", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_of_the_server_is_reported_before_any_work(
    changed: dict[str, str], bucket: str, reason: str, server: S3Server, tmp_path: Path
) -> None:
    mounts = mounted(tmp_path, {**server.credentials(), **changed})
    store = open_store(a_bucket_spec(server, f"s3://{bucket}/runs"), mounts)
    with pytest.raises(WorkFailed) as refused:
        store.prove_writable()
    assert (refused.value.failure_class, refused.value.reason) == ("program", reason)
    assert server.secret_key not in refused.value.message
