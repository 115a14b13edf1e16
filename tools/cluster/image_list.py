"""The images that every node must have, including nodes added later."""

import errno
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.files import write_file
from cluster.image_archive import names_and_digests


@dataclass(frozen=True)
class ImageList:
    """A folder with archives, and a file that maps image names to digests."""

    folder: Path

    @property
    def archives(self) -> dict[str, Path]:
        """The archive of each image, by the image's name."""
        return {name: self._archive(digest) for name, digest in self.digests.items()}

    @property
    def digests(self) -> Mapping[str, str]:
        """The digest of each image, by the image's name."""
        known: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}
        return known

    def add(self, archive: Path) -> None:
        """Keep the archive's images; they replace earlier ones of the same name.

        Raises ToolError when the file is not an OCI archive.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        new = names_and_digests(archive)
        for digest in new.values():
            if not self._archive(digest).exists():
                _keep(archive, self._archive(digest))
        write_file(self._file, json.dumps({**self.digests, **new}, indent=1))
        for kept in {*self.folder.glob("*.tar")} - {*self.archives.values()}:
            kept.unlink()

    @property
    def _file(self) -> Path:
        return self.folder / "images.json"

    def _archive(self, digest: str) -> Path:
        return self.folder / f"{digest.removeprefix('sha256:')}.tar"


def _keep(archive: Path, kept: Path) -> None:
    """Keep the archive by a hard link, or a copy, because its builder may remove it."""
    try:
        kept.hardlink_to(archive)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(archive, kept)
