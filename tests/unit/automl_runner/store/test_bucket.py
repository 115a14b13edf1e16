"""The store in a bucket, over HTTP with pyarrow's client: one download for each runner, and readable errors."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from automl_api.resources.experiment import SecretReference, StoreSpec
from automl_model.files import ChangedFileError
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.store import Store, open_store, s3
from automl_runner.store.copies import Copies
from contracts.store import StoreContract
from fakes.s3_server import FakeS3Server

_numbers = itertools.count()
put = StoreContract.put


@pytest.fixture(scope="module")
def serving() -> Iterator[FakeS3Server]:
    with FakeS3Server("bucket").serving() as server:
        yield server


@pytest.fixture
def server(serving: FakeS3Server) -> FakeS3Server:
    serving.objects.clear()
    serving.calls.clear()
    serving.keys.clear()
    serving.refusals.clear()
    serving.refused_methods = ("GET", "HEAD", "PUT", "POST", "DELETE")
    return serving


def write_keys(secrets: Path, access: str = "first") -> None:
    (secrets / "keys").mkdir(parents=True, exist_ok=True)
    (secrets / "keys" / "AWS_ACCESS_KEY_ID").write_text(f"{access}\n")
    (secrets / "keys" / "AWS_SECRET_ACCESS_KEY").write_text("wJalrXUtnFEMI\n")


def a_bucket_spec(server: FakeS3Server, uri: str = "s3://bucket/runs/1") -> StoreSpec:
    return StoreSpec(uri=uri, endpoint=server.endpoint, secret_ref=SecretReference(name="keys"))


@pytest.fixture
def mounts(tmp_path: Path) -> Mounts:
    write_keys(tmp_path / "secrets")
    return Mounts(secrets=tmp_path / "secrets", cache=tmp_path / "cache")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "TRIES", 2)


@pytest.fixture
def store(server: FakeS3Server, mounts: Mounts) -> Iterator[Store]:
    opened = open_store(a_bucket_spec(server), mounts)
    yield opened
    opened.close()


class TestBucketStore(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, server: FakeS3Server, tmp_path: Path) -> None:
        write_keys(tmp_path / "secrets")
        self.server = server

    def spec(self, place: Path) -> StoreSpec:
        return a_bucket_spec(self.server, f"s3://bucket/runs/{next(_numbers)}/")


def test_a_store_may_be_a_whole_bucket(server: FakeS3Server, mounts: Mounts) -> None:
    store = open_store(a_bucket_spec(server, "s3://bucket"), mounts)
    store.write_bytes("a/b", b"1")
    assert server.objects == {"bucket/a/b": b"1"}
    assert store.uri("a/b") == "s3://bucket/a/b"


def test_a_manifest_is_written_last(server: FakeS3Server, store: Store) -> None:
    put(store, "models/m", {"a": b"1", "z/z": b"2"}, manifest=True)
    written = [call for call in server.calls if call.startswith("PUT")]
    assert written[-1].endswith("models/m/manifest.json")
    assert len(written) == 3


def test_a_directory_with_the_same_manifest_is_left_alone(server: FakeS3Server, store: Store) -> None:
    put(store, "models/m", {"a": b"1"}, manifest=True)
    server.calls.clear()
    put(store, "models/m", {"a": b"1"}, manifest=True)
    assert not [call for call in server.calls if call.startswith(("PUT", "POST", "DELETE"))]


def test_a_large_file_arrives_whole_and_in_parts(server: FakeS3Server, store: Store) -> None:
    data = bytes(range(256)) * (25 * 4096)
    digest = put(store, "prepared/1", {"numeric.npy": data}, manifest=True)
    assert (store.local_directory("prepared/1", digest) / "numeric.npy").read_bytes() == data
    assert not server.uploads


def test_two_slots_never_download_the_same_data_twice(server: FakeS3Server, store: Store, mounts: Mounts) -> None:
    digest = put(store, "prepared/1", {"a": b"1" * 1000}, manifest=True)
    server.calls.clear()
    slots = [open_store(a_bucket_spec(server), mounts) for _ in range(4)]
    with ThreadPoolExecutor(len(slots)) as pool:
        places = list(pool.map(lambda slot: slot.local_directory("prepared/1", digest), slots))
    assert [(place / "a").read_bytes() for place in places] == [b"1" * 1000] * len(slots)
    assert len([call for call in server.calls if call.startswith("GET") and call.endswith("prepared/1/a")]) == 1


def test_unused_data_is_removed_from_the_cache(tmp_path: Path) -> None:
    used, unused = Copies(tmp_path), Copies(tmp_path)
    for copies, digest in ((used, "sha256:1"), (unused, "sha256:2")):
        copies.directory(digest, lambda place: (place / "a").touch())
    unused.close()
    Copies(tmp_path).directory("sha256:3", lambda place: (place / "a").touch())
    assert sorted(place.name for place in (tmp_path / "kept").iterdir() if place.is_dir()) == ["sha256-1", "sha256-3"]


def test_remains_of_a_killed_process_are_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "left"
    left.mkdir(parents=True)
    copies = Copies(tmp_path)
    copies.scratch()
    assert not left.exists()
    copies.close()
    assert not [place for place in (tmp_path / "scratch").iterdir() if place.is_dir()]


def test_changed_data_is_not_used(server: FakeS3Server, store: Store) -> None:
    digest = put(store, "prepared/1", {"a": b"1"}, manifest=True)
    server.objects["bucket/runs/1/prepared/1/a"] = b"2"
    with pytest.raises(ChangedFileError, match=r"s3://bucket/runs/1/prepared/1/a was changed"):
        store.local_directory("prepared/1", digest)
    with pytest.raises(ChangedFileError):
        store.local_file("prepared/1/a", digest)


def test_keys_are_read_when_they_are_used(server: FakeS3Server, store: Store, mounts: Mounts) -> None:
    store.write_bytes("a", b"1")
    assert mounts.secrets is not None
    write_keys(mounts.secrets, "second")
    store.write_bytes("a", b"2")
    assert server.keys == {"first", "second"}


def test_without_a_secret_the_keys_of_the_environment_are_used(
    server: FakeS3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    open_store(a_bucket_spec(server).replace(secret_ref=None), Mounts(cache=tmp_path)).write_bytes("a", b"1")
    assert server.keys == {"of-the-environment"}


REFUSALS = {
    "wrong keys": ("InvalidAccessKeyId", "program", "CredentialsRefused", 'the keys of the Secret "keys"'),
    "no rights": ("AccessDenied", "program", "CredentialsRefused", 'the keys of the Secret "keys"'),
    "a full bucket": ("QuotaExceeded", "resources", "StoreFull", "there is no room left in the bucket"),
    "a server that is busy": ("SlowDown", "infrastructure", "StoreUnavailable", "bucket"),
    "a server with a bug": ("InternalError", "infrastructure", "StoreUnavailable", "bucket"),
    "an unknown call": ("MethodNotAllowed", "program", "StoreRefused", "bucket"),
}


@pytest.mark.parametrize(("code", "failure_class", "reason", "words"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("do", ["write_bytes", "read_bytes", "exists"])
def test_a_refusal_of_the_server_is_explained(
    do: str, code: str, failure_class: str, reason: str, words: str, server: FakeS3Server, store: Store
) -> None:
    server.refusals = [code] * 20
    with pytest.raises(WorkFailed, match=words) as refused:
        store.write_bytes("a", b"1") if do == "write_bytes" else getattr(store, do)("a")
    assert (refused.value.failure_class, refused.value.reason) == (failure_class, reason)
    assert "wJalrXUtnFEMI" not in refused.value.message


def test_a_busy_server_is_asked_again(server: FakeS3Server, store: Store) -> None:
    server.refusals = ["SlowDown"]
    store.write_bytes("a", b"1")
    assert store.read_bytes("a") == b"1"


def test_the_error_names_a_missing_bucket(server: FakeS3Server, mounts: Mounts) -> None:
    store = open_store(a_bucket_spec(server, "s3://other/runs"), mounts)
    with pytest.raises(WorkFailed, match="there is no bucket other at http") as refused:
        store.prove_writable()
    assert (refused.value.failure_class, refused.value.reason) == ("program", "StoreMissing")


def test_an_unreachable_server_is_an_infrastructure_failure(mounts: Mounts) -> None:
    spec = StoreSpec(uri="s3://bucket", endpoint="http://127.0.0.1:9", secret_ref=SecretReference(name="keys"))
    with pytest.raises(WorkFailed) as refused:
        open_store(spec, mounts).prove_writable()
    assert (refused.value.failure_class, refused.value.reason) == ("infrastructure", "StoreUnavailable")


def test_the_error_for_a_secret_without_keys_has_the_command_that_creates_it(
    server: FakeS3Server, tmp_path: Path
) -> None:
    store = open_store(a_bucket_spec(server), Mounts(secrets=tmp_path, cache=tmp_path))
    with pytest.raises(
        WorkFailed, match="kubectl create secret generic keys --from-literal=AWS_ACCESS_KEY_ID"
    ) as failed:
        store.prove_writable()
    assert (failed.value.failure_class, failed.value.reason) == ("program", "CredentialsMissing")


@pytest.mark.parametrize("endpoint", ["ftp://host", "http://host/path", "http://"])
def test_an_invalid_endpoint_is_reported(endpoint: str, mounts: Mounts) -> None:
    spec = StoreSpec(uri="s3://bucket", endpoint=endpoint, secret_ref=SecretReference(name="keys"))
    with pytest.raises(WorkFailed, match="must be http://host:port") as refused:
        open_store(spec, mounts).prove_writable()
    assert refused.value.reason == "SpecInvalid"
