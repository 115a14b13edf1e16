"""Archives of images: their content, and the cluster's own images."""

import io
import tarfile
from pathlib import Path

import pytest

from cluster.errors import ToolError
from cluster.image_archive import busybox_layer, names_and_digests, write_archive
from cluster.image_list import ImageList

IMAGES = {"localhost/busybox:1": ["/bin/sh"], "localhost/pause:1": ["/bin/sleep", "1"]}


def written(path: Path, applets: list[str]) -> bytes:
    """The bytes of an archive of the cluster's own images."""
    write_archive(path, busybox_layer(b"program", applets), IMAGES)
    return path.read_bytes()


def test_an_archive_names_its_images(tmp_path: Path) -> None:
    written(tmp_path / "a.tar", ["sh"])
    found = names_and_digests(tmp_path / "a.tar")
    assert set(found) == set(IMAGES)
    assert len(set(found.values())) == 2


def test_the_same_program_makes_the_same_archive(tmp_path: Path) -> None:
    assert written(tmp_path / "a.tar", ["sh", "ls"]) == written(tmp_path / "b.tar", ["ls", "sh", "busybox"])


def test_another_program_makes_another_digest(tmp_path: Path) -> None:
    written(tmp_path / "a.tar", ["sh"])
    written(tmp_path / "b.tar", ["sh", "ls"])
    assert names_and_digests(tmp_path / "a.tar") != names_and_digests(tmp_path / "b.tar")


def test_every_applet_is_a_link_to_the_one_program() -> None:
    with tarfile.open(fileobj=io.BytesIO(busybox_layer(b"program", ["sh", "sleep"]))) as layer:
        links = {member.name: member.linkname for member in layer if member.issym()}
        content = layer.extractfile("bin/busybox")
        assert links == {"bin/sh": "busybox", "bin/sleep": "busybox"}
        assert content is not None
        assert content.read() == b"program"


@pytest.mark.parametrize("content", [b"", b"no archive"], ids=["empty", "text"])
def test_the_error_for_an_invalid_archive_says_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(ToolError, match="buildah push"):
        names_and_digests(tmp_path / "x.tar")


def test_the_error_for_a_missing_archive_names_it(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"gone\.tar"):
        names_and_digests(tmp_path / "gone.tar")


def test_an_archive_replaces_one_with_the_same_images(tmp_path: Path) -> None:
    written(tmp_path / "old.tar", ["sh"])
    written(tmp_path / "new.tar", ["sh", "ls"])
    images = ImageList(tmp_path / "images")
    images.add(tmp_path / "old.tar")
    images.add(tmp_path / "new.tar")
    assert images.digests == names_and_digests(tmp_path / "new.tar")
    assert {path.read_bytes() for path in images.archives.values()} == {(tmp_path / "new.tar").read_bytes()}


def test_an_image_is_kept_when_its_builder_removes_the_archive(tmp_path: Path) -> None:
    content = written(tmp_path / "a.tar", ["sh"])
    images = ImageList(tmp_path / "images")
    images.add(tmp_path / "a.tar")
    (tmp_path / "a.tar").unlink()
    assert images.archives["localhost/pause:1"].read_bytes() == content
