"""Parallel test runs start the same cluster, so that one may read a file while another rewrites it."""

import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from cluster.control_plane import ControlPlane
from cluster.files import write_file
from cluster.image_archive import busybox_layer, write_archive
from cluster.image_list import ImageList
from cluster.layout import ClusterFolders, NodePlace
from cluster.node import Node
from cluster.pki import ADMINISTRATOR, Authority

READ = {".conflist", ".json", ".kubeconfig", ".toml"}


def control_plane(folder: Path) -> Path:
    """Write the files of the control plane, including the administrator's kubeconfig; returns one of them."""
    layout = ClusterFolders(folder / "state", folder / "cache")
    plane = ControlPlane(layout, {})
    plane.write_files()
    plane.write_kubeconfig(ADMINISTRATOR, layout.kubeconfig)
    return layout.kubeconfig


def node(folder: Path) -> Path:
    """Write the files of a node; returns one of them."""
    place = NodePlace(1, folder)
    Node(place, folder, folder / "kubeconfig", lambda _: True).write_files(
        Authority(folder), (folder / "node.crt", folder / "node.key")
    )
    return place.folder / "kubelet.json"


def images(folder: Path) -> Path:
    """Keep an archive's images; returns the file that lists them."""
    archive = folder / "a.tar"
    write_archive(archive, busybox_layer(b"program", ["sh"]), {"localhost/busybox:1": ["/bin/sh"]})
    ImageList(folder / "images").add(archive)
    return folder / "images" / "images.json"


@pytest.mark.parametrize("write", [control_plane, node, images])
def test_a_rewritten_file_is_replaced_atomically(write: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = write(tmp_path).parent
    first = {path: path.stat().st_ino for path in folder.rglob("*") if path.suffix in READ or path.name == "kubeconfig"}
    with ExitStack() as stack:
        for path in first:
            stack.enter_context(path.open())  # while the file is open, no other file gets its inode
        write(tmp_path)
        assert first
        assert [path.name for path, inode in first.items() if path.stat().st_ino == inode] == []


def test_a_file_has_its_permissions_before_it_has_its_content(tmp_path: Path) -> None:
    write_file(tmp_path / "secret", "key", mode=0o600)
    write_file(tmp_path / "secret", "another", mode=0o600)
    assert (tmp_path / "secret").read_text() == "another"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
