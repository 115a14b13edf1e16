"""Addresses of data lead to files, or to an error that explains the problem."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_api.resources.experiment import DataSpec, SecretReference, StoreSpec
from automl_runner.data import Sources, load
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.store import s3
from fakes.s3_server import FakeS3Server


@pytest.fixture
def here(tmp_path: Path) -> Sources:
    return Sources(Mounts(claims=tmp_path, secrets=tmp_path / "secrets", cache=tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[FakeS3Server]:
    with FakeS3Server("bucket").serving() as server:
        yield server


@pytest.fixture
def beside(server: FakeS3Server, here: Sources) -> Sources:
    """A spec whose store is on that server, with two Secrets."""
    for name in ("of-store", "of-data"):
        place = here.mounts.secrets / name  # type: ignore[operator]
        place.mkdir(parents=True)
        (place / "AWS_ACCESS_KEY_ID").write_text(name)
        (place / "AWS_SECRET_ACCESS_KEY").write_text("secret")
    store = StoreSpec(uri="s3://runs", endpoint=server.endpoint, secret_ref=SecretReference(name="of-store"))
    return Sources(here.mounts, store)


def test_a_file_has_a_short_name(tmp_path: Path, here: Sources) -> None:
    (tmp_path / "my rows.csv").write_text("a,b\n1,2\n")
    loaded = load(DataSpec(uri=f"file:{tmp_path}/my%20rows.csv"), here)
    assert (loaded.name, loaded.table.num_rows) == ("my rows.csv", 1)


def test_a_claim_is_read_where_it_is_mounted(tmp_path: Path, here: Sources) -> None:
    (tmp_path / "shop" / "2024").mkdir(parents=True)
    (tmp_path / "shop" / "2024" / "rows.csv").write_text("a,b\n1,2\n")
    assert load(DataSpec(uri="pvc://shop/2024/rows.csv"), here).table.column_names == ["a", "b"]


def test_the_example_exists(here: Sources) -> None:
    loaded = load(DataSpec(uri="example:adult"), here)
    assert (loaded.name, loaded.table.num_rows) == ("example:adult", 48_842)


def test_the_format_may_be_given(tmp_path: Path, here: Sources) -> None:
    (tmp_path / "rows.txt").write_text('{"a": 1}\n')
    assert load(DataSpec(uri=f"file:{tmp_path}/rows.txt", format="jsonl"), here).table.to_pydict() == {"a": [1]}


NOWHERE = {
    "no such file": ("file:/nowhere/rows.csv", "DataMissing", "there is no file rows.csv; is the address right? (/nowhere/rows.csv)"),
    "no such claim": ("pvc://shop/rows.csv", "DataMissing", "there is no file pvc://shop/rows.csv"),
    "out of the claim": ("pvc://shop/../other/rows.csv", "DataMissing", "leads out of its claim"),
    "out of the claim by a link": ("pvc://shop/out/passwd", "DataMissing", "leads out of its claim"),
    "no such example": ("example:adlut", "DataMissing", 'there is no example:adlut. Did you mean "adult"? There is: example:adult'),
    "no address": ("rows.csv", "SpecInvalid", '"rows.csv" is not an address of data'),
}  # fmt: skip


@pytest.mark.parametrize(("uri", "reason", "words"), NOWHERE.values(), ids=NOWHERE)
def test_an_address_that_leads_nowhere_is_explained(
    tmp_path: Path, here: Sources, uri: str, reason: str, words: str
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "out").symlink_to("/etc")
    with pytest.raises(WorkFailed) as raised:
        load(DataSpec.model_construct(uri=uri, format="auto"), here)
    assert (raised.value.failure_class, raised.value.reason) == ("program", reason)
    assert words in raised.value.message


def test_a_claim_outside_of_a_cluster_is_refused() -> None:
    with pytest.raises(WorkFailed, match="none is mounted here"):
        load(DataSpec(uri="pvc://shop/rows.csv"), Sources())


@pytest.mark.parametrize("own", [True, False], ids=["with its own Secret", "with the store's"])
def test_data_in_a_bucket_is_read(own: bool, server: FakeS3Server, beside: Sources) -> None:
    server.objects["bucket/2024/rows.jsonl"] = b'{"a": 1}\n'
    secret = SecretReference(name="of-data") if own else None
    loaded = load(DataSpec(uri="s3://bucket/2024/rows.jsonl", secret_ref=secret), beside)
    assert (loaded.name, loaded.table.to_pydict()) == ("s3://bucket/2024/rows.jsonl", {"a": [1]})
    assert server.keys == {"of-data" if own else "of-store"}
    assert not [path for path in beside.mounts.cache.rglob("*") if path.name.endswith("rows.jsonl")]


NOT_IN_A_BUCKET = {
    "no such object": ("s3://bucket/rows.csv", "", "program", "DataMissing", "there is no file s3://bucket/rows.csv"),
    "a folder": ("s3://bucket/2024", "", "program", "DataMissing", "is a folder; give one file"),
    "a path that climbs": ("s3://bucket/../rows.csv", "", "program", "DataMissing", 'has ".." in its path'),
    "no rights": ("s3://bucket/rows.csv", "AccessDenied", "program", "CredentialsRefused", '"of-store"'),
    "a busy server": ("s3://bucket/rows.csv", "SlowDown", "infrastructure", "DataUnavailable", "bucket"),
}


@pytest.mark.parametrize(
    ("uri", "refusal", "failure_class", "reason", "words"), NOT_IN_A_BUCKET.values(), ids=NOT_IN_A_BUCKET
)
def test_an_error_of_a_bucket_is_explained(
    uri: str,
    refusal: str,
    failure_class: str,
    reason: str,
    words: str,
    server: FakeS3Server,
    beside: Sources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3, "TRIES", 1)
    server.objects["bucket/2024/rows.csv"] = b"a,b\n1,2\n"
    server.refusals = [refusal] * 5 if refusal else []
    with pytest.raises(WorkFailed) as failed:
        load(DataSpec(uri=uri), beside)
    assert (failed.value.failure_class, failed.value.reason) == (failure_class, reason)
    assert words in failed.value.message
