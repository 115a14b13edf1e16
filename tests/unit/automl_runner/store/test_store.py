"""The store in a directory keeps the stores' contract, and says when a disk is full."""

import errno
from pathlib import Path

import pytest

from automl_api.resources.experiment import StoreSpec
from automl_runner import store as store_module
from automl_runner.store import Store, StoreFull, open_store
from contracts.store import StoreContract


class TestLocalStore(StoreContract):
    def spec(self, place: Path) -> StoreSpec:
        return StoreSpec(uri=f"file:{place / 'store'}")


def test_nothing_unfinished_is_left_beside_what_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path, tmp_path)
    store.write_bytes("a", b"1")
    store.write_first("b", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_full_disk_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module, "write_bytes", full)
    with pytest.raises(StoreFull, match=r"no room left for .*goes on where it was"):
        Store(tmp_path, tmp_path).write_bytes("a", b"1")


@pytest.mark.parametrize(
    ("uri", "said"),
    [(None, "names no store"), ("s3://bucket/automl", "cannot be opened yet")],
    ids=["no address", "an object store"],
)
def test_a_store_that_cannot_be_opened_is_refused_in_words(uri: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        open_store(StoreSpec(uri=uri), tmp_path)
