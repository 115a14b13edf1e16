"""Reads the index of OCI archives, and writes the archive with the cluster's own images, busybox and pause."""

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable
from pathlib import Path

from cluster.errors import ToolError

_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"
_OCI = "application/vnd.oci.image"


def names_and_digests(archive: Path) -> dict[str, str]:
    """The images of an OCI archive, name to digest. Raises ToolError when it is missing or not an OCI archive."""
    try:
        with tarfile.open(archive) as tar:
            member = tar.extractfile("index.json")
            index = json.load(member) if member is not None else {}
    except FileNotFoundError as error:
        raise ToolError(
            f"the archive of an image does not exist any more: {archive}; build it again, and import the new one"
        ) from error
    except (tarfile.TarError, KeyError, json.JSONDecodeError) as error:
        raise ToolError(
            f"{archive} is not an OCI archive ({error}); write one with `buildah push NAME oci-archive:FILE:NAME`"
        ) from error
    found = [(manifest.get("annotations", {}), manifest["digest"]) for manifest in index.get("manifests", [])]
    return {notes.get(_CONTAINERD_NAME) or notes.get(_NAME, ""): digest for notes, digest in found}


def busybox_layer(program: bytes, applets: Iterable[str]) -> bytes:
    """A reproducible tar with the program and a link to it for each applet."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("bin", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
        for applet in sorted({*applets} - {"busybox"}):
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return buffer.getvalue()


def write_archive(path: Path, layer: bytes, images: dict[str, list[str]]) -> None:
    """Write an OCI archive of images that share one layer; `images` maps name to command."""
    blobs: dict[str, bytes] = {}
    packed = _descriptor(f"{_OCI}.layer.v1.tar+gzip", gzip.compress(layer, mtime=0), blobs)
    manifests = []
    for name, command in images.items():
        config = {
            "architecture": _architecture(),
            "os": "linux",
            "config": {"Entrypoint": command, "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        described = _descriptor(f"{_OCI}.config.v1+json", _json(config), blobs)
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{_OCI}.manifest.v1+json",
            "config": described,
            "layers": [packed],
        }
        entry = _descriptor(f"{_OCI}.manifest.v1+json", _json(manifest), blobs)
        manifests.append({**entry, "annotations": {_NAME: name, _CONTAINERD_NAME: name}})
    files = {f"blobs/sha256/{digest}": content for digest, content in blobs.items()}
    files["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
    files["index.json"] = _json({"schemaVersion": 2, "manifests": manifests})
    temporary = path.with_suffix(".new")
    with tarfile.open(temporary, "w") as tar:
        for file, content in sorted(files.items()):
            entry_info = tarfile.TarInfo(file)
            entry_info.size = len(content)
            tar.addfile(entry_info, io.BytesIO(content))
    temporary.replace(path)


def _descriptor(media_type: str, content: bytes, blobs: dict[str, bytes]) -> dict[str, object]:
    digest = _digest(content)
    blobs[digest.removeprefix("sha256:")] = content
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _architecture() -> str:
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
