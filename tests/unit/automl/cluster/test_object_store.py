"""Uploads of data to a bucket and downloads of models, over an S3 server in memory."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from automl.cluster import object_store
from automl.cluster.object_store import BucketEndpoint
from automl.commands.download import copy_bundle
from automl.errors import UserError
from automl_api.uris import parse_uri
from automl_model.files import write_manifest
from fakes.s3_server import FakeS3Server

TARGET = parse_uri("s3://lake/automl/data/0123456789ab/my.csv")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3Server]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with FakeS3Server("lake").serving() as server:
        yield server


def upload(bucket: BucketEndpoint, data: bytes, size: int | None = None) -> bool:
    sent: list[int] = []
    new = object_store.upload(bucket, io.BytesIO(data), len(data) if size is None else size, TARGET, sent.append)
    assert sent == ([len(data)] if new and data else [])
    return new


def test_a_file_is_uploaded_with_the_environments_key(s3: FakeS3Server) -> None:
    assert upload(BucketEndpoint(s3.endpoint), b"a,b\n1,2\n")
    assert s3.objects == {f"{TARGET.authority}/{TARGET.path}": b"a,b\n1,2\n"}
    assert s3.keys == {"me"}


def test_an_uploaded_file_is_not_sent_again(s3: FakeS3Server) -> None:
    assert upload(BucketEndpoint(s3.endpoint), b"data")
    assert not upload(BucketEndpoint(s3.endpoint), b"data")


def test_without_an_endpoint_the_environment_names_it(s3: FakeS3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    assert upload(BucketEndpoint(), b"data")
    assert len(s3.objects) == 1


def test_a_file_that_changes_meanwhile_is_an_error(s3: FakeS3Server) -> None:
    with pytest.raises(UserError, match="changed while it was read"):
        upload(BucketEndpoint(s3.endpoint), b"data", size=3)


def test_an_interrupted_copy_leaves_no_file(s3: FakeS3Server) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        object_store.upload(BucketEndpoint(s3.endpoint), io.BytesIO(b"data"), 4, TARGET, interrupt)
    assert not any(key.endswith("my.csv") for key in s3.objects)


def test_a_refusal_names_the_address_and_the_source_of_the_credentials(s3: FakeS3Server) -> None:
    s3.refusals = ["AccessDenied"] * 10
    with pytest.raises(UserError, match=r"^s3://lake/.* cannot be reached: .*AWS_ACCESS_KEY_ID") as error:
        upload(BucketEndpoint(s3.endpoint), b"data")
    assert "secret" not in str(error.value)


def test_a_bundle_is_read_from_a_bucket(s3: FakeS3Server, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "signature.json").write_bytes(b"{}")
    digest = write_manifest(bundle)
    for path in bundle.iterdir():
        s3.objects[f"lake/models/m/{path.name}"] = path.read_bytes()
    source = parse_uri("s3://lake/models/m")

    def read(name: str) -> Iterator[bytes]:
        return object_store.read(BucketEndpoint(s3.endpoint), parse_uri(f"{source}/{name}"))

    copy_bundle(read, digest, tmp_path / "out", lambda _: None)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", "signature.json"]
    data = (tmp_path / "out" / "manifest.json").read_bytes()
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
