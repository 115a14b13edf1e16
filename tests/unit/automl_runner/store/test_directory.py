"""The store in a directory, such as a volume claim, keeps the contract of stores and reports errors of the disk."""

import errno
import os
from pathlib import Path

import pytest

from automl_api.resources.experiment import StoreSpec
from automl_runner.failures import WorkFailed
from automl_runner.mounts import Mounts
from automl_runner.store import StoreFull, directory, open_store
from automl_runner.store.directory import DirectoryStore
from contracts.store import StoreContract


class TestLocalStore(StoreContract):
    def spec(self, place: Path) -> StoreSpec:
        return StoreSpec(uri=f"file:{place / 'store'}")


class TestClaimStore(StoreContract):
    def spec(self, place: Path) -> StoreSpec:
        return StoreSpec(uri="pvc://shop/runs/1")


def test_no_unfinished_file_is_left_after_a_write(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.write_bytes("a", b"1")
    store.write_first("b", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


REFUSALS = {
    "a full disk": (errno.ENOSPC, "resources", "StoreFull", r"no room left for .*continues where it stopped"),
    "a quota": (errno.EDQUOT, "resources", "StoreFull", "no room left"),
    "a claim of somebody else": (errno.EACCES, "program", "StoreRefused", "fsGroup"),
    "a claim mounted read-only": (errno.EROFS, "program", "StoreRefused", "may not be written"),
    "an unreachable server": (errno.ESTALE, "infrastructure", "StoreUnavailable", "does not answer"),
}


@pytest.mark.parametrize(("number", "failure_class", "reason", "words"), REFUSALS.values(), ids=REFUSALS)
def test_an_error_of_the_disk_is_explained(
    number: int, failure_class: str, reason: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(directory, "write_bytes", refuse)
    with pytest.raises(WorkFailed, match=words) as refused:
        DirectoryStore(tmp_path).write_bytes("a", b"1")
    assert (refused.value.failure_class, refused.value.reason) == (failure_class, reason)
    assert isinstance(refused.value, StoreFull) == (reason == "StoreFull")


def test_the_first_writer_wins_even_on_a_file_system_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "link", no_links)
    store = DirectoryStore(tmp_path)
    assert store.write_first("a", b"first")
    assert not store.write_first("a", b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"first")]


def test_a_model_in_a_claim_is_published_under_the_claims_address(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    store = open_store(StoreSpec(uri="pvc://shop"), Mounts(claims=tmp_path))
    assert store.uri("models/m") == "pvc://shop/models/m"


WRONG = {
    "a claim that is not mounted": ("pvc://other/runs", "StoreMissing", "other is not mounted"),
    "a path out of the claim": ("pvc://shop/../other", "SpecInvalid", "leads out of its claim"),
}


@pytest.mark.parametrize(("uri", "reason", "words"), WRONG.values(), ids=WRONG)
def test_an_unusable_claim_is_refused_with_a_message(uri: str, reason: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with pytest.raises(WorkFailed, match=words) as refused:
        open_store(StoreSpec(uri=uri), Mounts(claims=tmp_path))
    assert (refused.value.failure_class, refused.value.reason) == ("program", reason)


def test_an_experiment_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no store"):
        open_store(StoreSpec(), Mounts(cache=tmp_path))
