"""`automl download`: a bundle from a claim or a bucket, complete and unchanged, or nothing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.bundle_readers import Source
from automl.cluster.errors import ClusterError, NotFound
from automl.cluster.object_store import BucketEndpoint
from automl.commands.download import copy_bundle, download, find_model
from automl.errors import UserError
from automl_api.kinds import EXPERIMENTS, MODELS, PODS
from automl_model.files import write_manifest
from builders.control import a_minimal_model
from contracts.user_cluster import an_object
from fakes.display import RecordingDisplay
from fakes.user_cluster import FakeUserCluster

FILES = {
    "signature.json": b"{}",
    "members/t-0/fold-0/model.txt": b"x" * 300_000,
    "a name with spaces": b"",
    "README.md": b"#\n\n#",
}
SOURCE = Source(BucketEndpoint(), None)


def write_bundle(folder: Path) -> str:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return write_manifest(folder)


class Harness:
    """A cluster with a published model in a claim, and a folder to download to."""

    def __init__(self, folder: Path) -> None:
        self.cluster = FakeUserCluster(folder / "claims")
        self.bundle = folder / "claims" / "churn-store" / "models" / "churn-1"
        self.publish("pvc://churn-store/models/churn-1", write_bundle(self.bundle))
        self.cluster.apply(EXPERIMENTS, an_object())
        self.cluster.write_status("churn", {"state": "Complete", "model": "churn-00000"})
        self.out = folder / "out"
        self.display = RecordingDisplay()

    def publish(self, uri: str, digest: str) -> None:
        model: dict[str, Any] = a_minimal_model(uri).to_dict()
        model["spec"] |= {"digest": digest, "experiment": "churn"}
        self.cluster.apply(MODELS, model)

    def download(self, name: str = "churn", source: Source = SOURCE) -> None:
        download(self.cluster, name, self.out, source, self.display)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["churn", "churn-00000"], ids=["by experiment", "by model"])
def test_a_model_in_a_claim_arrives_complete(harness: Harness, name: str) -> None:
    harness.download(name)
    assert content(harness.out) == content(harness.bundle)
    assert harness.display.lines == [
        f"churn-00000 is in {harness.out}; predict with it: automl predict --model {harness.out} --data FILE"
    ]


def test_the_pod_mounts_read_only_and_is_deleted(harness: Harness) -> None:
    harness.download()
    assert harness.cluster.pods_made[0]["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] is True
    assert harness.cluster.names(PODS) == []


def test_the_pods_image_is_pulled_with_the_given_secret(harness: Harness) -> None:
    harness.download(source=Source(BucketEndpoint(), None, "registry"))
    assert harness.cluster.pods_made[0]["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_a_model_without_its_experiment_can_be_downloaded(harness: Harness) -> None:
    harness.cluster.delete(EXPERIMENTS, "churn")
    harness.download("churn-00000")
    assert content(harness.out) == content(harness.bundle)


def test_a_repeated_download_copies_nothing(harness: Harness) -> None:
    for _ in range(2):
        harness.download()
    assert len(harness.cluster.pods_made) == 1
    assert harness.display.lines[1] == f"{harness.out} has churn-00000 already"


def test_an_empty_folder_may_exist(harness: Harness) -> None:
    harness.out.mkdir()
    harness.download()
    assert content(harness.out) == content(harness.bundle)


def test_a_folder_with_other_files_is_left_alone(harness: Harness) -> None:
    harness.out.mkdir()
    (harness.out / "mine").write_text("precious")
    with pytest.raises(UserError, match="out exists already"):
        harness.download()
    assert content(harness.out) == {"mine": b"precious"}
    assert harness.cluster.pods_made == []


def _change(harness: Harness) -> None:
    (harness.bundle / "signature.json").write_bytes(b"{ }")


def _lose(harness: Harness) -> None:
    (harness.bundle / "signature.json").unlink()


def _other_manifest(harness: Harness) -> None:
    write_manifest(harness.bundle, {"kind": "other"})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(_change, "signature.json was changed after it was written", id="changed"),
        pytest.param(_lose, "the copy was broken off", id="lost"),
        pytest.param(_other_manifest, "is not the one that was published", id="another model"),
    ],
)
def test_a_changed_bundle_is_refused(harness: Harness, spoil: Any, words: str) -> None:
    spoil(harness)
    with pytest.raises((UserError, ClusterError), match=words):
        harness.download()
    assert [path.name for path in harness.out.parent.iterdir()] == ["claims"]
    assert harness.cluster.names(PODS) == []


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", "two\nlines"])
def test_a_manifest_cannot_write_outside_of_the_folder(name: str, tmp_path: Path) -> None:
    manifest = f'{{"files": {{"{name.encode("unicode_escape").decode()}": "sha256:0"}}}}'.encode()

    def read(_: str) -> Iterator[bytes]:
        yield manifest

    with pytest.raises(UserError, match="a path outside of the bundle"):
        copy_bundle(read, f"sha256:{hashlib.sha256(manifest).hexdigest()}", tmp_path / "out", lambda _: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        pytest.param(
            {"state": "Searching", "model": None}, "is Searching and has published no model yet", id="at work"
        ),
        pytest.param({"state": "Failed", "model": None}, "failed and has published no model", id="failed"),
        pytest.param({"model": "gone"}, 'no model "gone" .*, it was deleted', id="deleted"),
    ],
)
def test_the_error_says_why_there_is_no_model(harness: Harness, status: dict[str, Any], words: str) -> None:
    harness.cluster.write_status("churn", status)
    with pytest.raises(NotFound, match=words):
        find_model(harness.cluster, "churn")


def test_a_model_on_one_machine_cannot_be_downloaded(harness: Harness) -> None:
    harness.publish("file:///models/churn", "sha256:1")
    with pytest.raises(UserError, match="on the machine where it was trained"):
        harness.download()
