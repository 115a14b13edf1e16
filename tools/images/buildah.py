"""Runs buildah with a storage of its own, so that it neither uses nor changes the machine's other images."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cluster.shell import run


class Buildah:
    """Builds and exports images; `storage` is the folder for images and layers. Needs root."""

    def __init__(self, storage: Path) -> None:
        layers, state, option = storage / "layers", storage / "run", "overlay.skip_mount_home=true"
        self._storage = f"containers-storage:[overlay@{layers}+{state}:{option}]"
        where = ("--root", str(layers), "--runroot", str(state))
        self._command = ("buildah", *where, "--storage-driver", "overlay", "--storage-opt", option)

    def has(self, reference: str) -> bool:
        """True when the storage has the image."""
        return bool(self._run("images", "--quiet", "--filter", f"reference={reference}").strip())

    def build(
        self,
        reference: str,
        containerfile: Path,
        context: Path,
        *,
        arguments: Mapping[str, str],
        secrets: Mapping[str, Path],
    ) -> None:
        """Build and tag an image, reusing the layers of earlier builds."""
        build_arguments = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        secret_arguments = [f"--secret=id={name},src={path}" for name, path in secrets.items()]
        # chroot and the host's network also work inside a container or a virtual machine without its own bridge.
        self._run(
            *("build", "--quiet", "--layers", "--isolation", "chroot", "--network", "host"),
            *(*build_arguments, *secret_arguments, "--file", str(containerfile), "--tag", reference, str(context)),
        )

    def export(self, reference: str, archive: Path) -> None:
        """Write the image, with its name, to an OCI archive, atomically.

        Its layers are not compressed, because the same machine reads it. buildah itself cannot write such an archive.
        """
        partial = archive.with_name(f"{archive.name}.partial")
        partial.unlink(missing_ok=True)
        places = (f"{self._storage}{reference}", f"oci-archive:{partial}:{reference}")
        run(["skopeo", "copy", "--quiet", "--dest-oci-accept-uncompressed-layers", *places], timeout=600)
        partial.rename(archive)

    @contextmanager
    def working_container(self) -> Iterator[tuple[str, Path]]:
        """A context with an empty container and the path of its mounted root. At the end it removes the container."""
        container = self._run("from", "scratch").strip()
        try:
            yield container, Path(self._run("mount", container).strip())
        finally:
            self._run("rm", container)

    def commit(self, container: str, reference: str, *, environment: Mapping[str, str]) -> None:
        """Create an image from a working container."""
        self._run("config", *(f"--env={name}={value}" for name, value in environment.items()), container)
        self._run("commit", "--quiet", container, reference)

    def _run(self, *arguments: str) -> str:
        return run([*self._command, *arguments], timeout=3600)
