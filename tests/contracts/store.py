"""Contract of every store: one subclass for each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_api.resources.experiment import StoreSpec
from automl_model.files import sha256_of_bytes, write_manifest
from automl_runner.mounts import Mounts
from automl_runner.store import Store, open_store


class StoreContract:
    """Subclasses define `spec`: a new, empty store. A store on this machine lies below `place`."""

    def spec(self, place: Path) -> StoreSpec:
        raise NotImplementedError

    @pytest.fixture
    def mounts(self, tmp_path: Path) -> Mounts:
        (tmp_path / "claims" / "shop").mkdir(parents=True)
        return Mounts(claims=tmp_path / "claims", secrets=tmp_path / "secrets", cache=tmp_path / "cache")

    @pytest.fixture
    def opened(self, tmp_path: Path) -> StoreSpec:
        return self.spec(tmp_path)

    @pytest.fixture
    def store(self, opened: StoreSpec, mounts: Mounts) -> Iterator[Store]:
        store = open_store(opened, mounts)
        yield store
        store.close()

    def test_a_written_file_is_read_back(self, store: Store) -> None:
        store.write_bytes("a/b.json", b"{}")
        assert store.exists("a/b.json")
        assert store.read_bytes("a/b.json") == b"{}"

    def test_many_files_are_read_at_once_and_a_missing_one_is_none(self, store: Store) -> None:
        store.write_bytes("a/1", b"1")
        store.write_bytes("a/3", b"")
        assert store.read_all(["a/1", "a/2", "a/3"]) == [b"1", None, b""]

    def test_a_file_that_was_never_written_does_not_exist(self, store: Store) -> None:
        assert not store.exists("a")
        with pytest.raises(FileNotFoundError):
            store.read_bytes("a")
        with pytest.raises(FileNotFoundError):
            store.local_file("a", "")
        with pytest.raises(FileNotFoundError):
            store.local_directory("a")

    def test_a_file_is_replaced_whole(self, store: Store) -> None:
        store.write_bytes("a", b"old and longer")
        store.write_bytes("a", b"new")
        assert store.read_bytes("a") == b"new"

    def test_only_the_first_of_two_first_writers_wins(self, store: Store) -> None:
        assert store.write_first("a/manifest.json", b"first")
        assert not store.write_first("a/manifest.json", b"second")
        assert store.read_bytes("a/manifest.json") == b"first"

    def test_a_fetched_file_is_available_on_this_machine(self, store: Store) -> None:
        store.write_bytes("a/b/c.npy", b"123")
        digests = {"a/b/c.npy": sha256_of_bytes(b"123")}
        store.fetch(digests)
        for path, digest in digests.items():
            assert store.local_file(path, digest).read_bytes() == b"123"

    def test_a_directory_comes_back_with_all_its_files(self, store: Store) -> None:
        self.put(store, "models/m", {"deep/file": b"1", "empty": b""})
        place = store.local_directory("models/m")
        assert (place / "deep" / "file").read_bytes() == b"1"
        assert (place / "empty").read_bytes() == b""

    def test_a_directory_is_found_by_the_digest_of_its_manifest(self, store: Store) -> None:
        digest = self.put(store, "prepared/1", {"deep/numeric.npy": bytes(100_000), "b": b"2"}, manifest=True)
        place = store.local_directory("prepared/1", digest)
        assert (place / "deep" / "numeric.npy").read_bytes() == bytes(100_000)
        assert (place / "manifest.json").is_file()

    def test_a_directory_is_replaced_whole(self, store: Store) -> None:
        for name in ("old", "new"):
            self.put(store, "models/m", {name: b"1"})
        assert [path.name for path in store.local_directory("models/m").iterdir()] == ["new"]

    def test_a_directory_may_be_put_twice(self, store: Store) -> None:
        digests = [self.put(store, "models/m", {"a": b"1", "b": b"2"}, manifest=True) for _ in range(2)]
        assert digests[0] == digests[1]
        assert (store.local_directory("models/m", digests[0]) / "b").read_bytes() == b"2"

    def test_a_temporary_directory_is_gone_at_its_end(self, store: Store) -> None:
        with store.temporary_directory() as local:
            (local / "file").write_bytes(b"1")
        assert not local.exists()

    @pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "a/../../b", ""])
    def test_no_path_leads_out_of_the_store(self, store: Store, path: str) -> None:
        with pytest.raises(ValueError, match="not a path below a store"):
            store.write_bytes(path, b"")

    def test_an_address_has_the_scheme_of_the_store(self, store: Store, opened: StoreSpec) -> None:
        assert opened.uri is not None
        assert store.uri("models/m").endswith("/models/m")
        assert store.uri("models/m").startswith(opened.uri.partition(":")[0] + "://")

    def test_a_store_proves_that_it_can_be_written(self, store: Store) -> None:
        store.prove_writable()

    def test_a_store_opened_again_has_the_written_files(self, store: Store, opened: StoreSpec, mounts: Mounts) -> None:
        store.write_bytes("a", b"1")
        assert open_store(opened, mounts).read_bytes("a") == b"1"

    @staticmethod
    def put(store: Store, path: str, files: dict[str, bytes], *, manifest: bool = False) -> str:
        """Upload files as a directory; returns the digest of its manifest, or "" without a manifest."""
        with store.temporary_directory() as local:
            for name, data in files.items():
                (local / name).parent.mkdir(parents=True, exist_ok=True)
                (local / name).write_bytes(data)
            digest = write_manifest(local) if manifest else ""
            store.upload_directory(local, path)
        return digest
