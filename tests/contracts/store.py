"""What every store owes: one subclass a kind of store."""

from pathlib import Path

import pytest

from automl_api.resources.experiment import StoreSpec
from automl_runner.store import Store, open_store


class StoreContract:
    """Subclassed with `spec`: a new, empty store below a temporary path."""

    def spec(self, place: Path) -> StoreSpec:
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return open_store(self.spec(tmp_path), tmp_path / "cache")

    def test_what_is_written_is_read_back(self, store: Store) -> None:
        store.write_bytes("a/b.json", b"{}")
        assert store.exists("a/b.json")
        assert store.read_bytes("a/b.json") == b"{}"

    def test_what_was_not_written_does_not_exist(self, store: Store) -> None:
        assert not store.exists("a")
        with pytest.raises(FileNotFoundError):
            store.read_bytes("a")
        with pytest.raises(FileNotFoundError):
            store.local_directory("a")

    def test_a_file_is_replaced_whole(self, store: Store) -> None:
        store.write_bytes("a", b"old and longer")
        store.write_bytes("a", b"new")
        assert store.read_bytes("a") == b"new"

    def test_of_two_first_writers_one_wins(self, store: Store) -> None:
        assert store.write_first("a/manifest.json", b"first")
        assert not store.write_first("a/manifest.json", b"second")
        assert store.read_bytes("a/manifest.json") == b"first"

    def test_a_directory_comes_back_with_all_that_is_in_it(self, store: Store) -> None:
        with store.temporary_directory() as local:
            (local / "deep").mkdir()
            (local / "deep" / "file").write_bytes(b"1")
            store.upload_directory(local, "models/m")
        assert (store.local_directory("models/m") / "deep" / "file").read_bytes() == b"1"

    def test_a_directory_is_replaced_whole(self, store: Store) -> None:
        for name in ("old", "new"):
            with store.temporary_directory() as local:
                (local / name).write_bytes(b"1")
                store.upload_directory(local, "models/m")
        assert [path.name for path in store.local_directory("models/m").iterdir()] == ["new"]

    @pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "a/../../b", ""])
    def test_no_path_leads_out_of_the_store(self, store: Store, path: str) -> None:
        with pytest.raises(ValueError, match="no path below a store"):
            store.write_bytes(path, b"")

    def test_a_store_opened_again_has_what_was_written(self, store: Store, tmp_path: Path) -> None:
        store.write_bytes("a", b"1")
        assert open_store(self.spec(tmp_path), tmp_path / "other").read_bytes("a") == b"1"
