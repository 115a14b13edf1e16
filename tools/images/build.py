"""Builds missing images, one process at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.packages import install
from images import debian, machine
from images.archives import archive, directory, superseded
from images.buildah import Buildah
from images.recipes import Recipe, frozen_tree, recipes

PACKAGES = {"buildah": "buildah", "debootstrap": "debootstrap", "skopeo": "skopeo"}
"""Each Debian package for building and exporting, and a program that proves its presence."""


def build(*, benchmarks: bool = False) -> list[Path]:
    """Build and export every image without an archive, remove outdated archives, and return the present ones.

    With `benchmarks` the benchmarks' image is one of them.
    """
    folder = directory()
    folder.mkdir(parents=True, exist_ok=True)
    install(PACKAGES, say)
    with _alone(folder), machine.secrets(os.environ, Path.home()) as secrets:
        builder = Builder(Buildah(folder / "storage"), folder, secrets)
        with frozen_tree() as tree:
            return [builder.archive(recipe) for recipe in recipes(tree, benchmarks=benchmarks)]


def say(text: str) -> None:
    """Print a line of progress."""
    print(text, flush=True)


class Builder:
    """Builds archives from recipes; a recipe's base is built first."""

    def __init__(self, buildah: Buildah, folder: Path, secrets: dict[str, Path]) -> None:
        self._buildah, self._folder, self._secrets = buildah, folder, secrets
        self._built: set[str] = set()

    def archive(self, recipe: Recipe) -> Path:
        """The recipe's archive, which is built if missing."""
        target = archive(recipe, self._folder)
        if not target.is_file():
            self._build(recipe)
            self._buildah.export(recipe.reference, target)
        for file in superseded(recipe, self._folder):
            file.unlink()
        return target

    def _build(self, recipe: Recipe) -> None:
        if recipe.reference in self._built:
            return
        if isinstance(recipe.base, Recipe):
            self._build(recipe.base)
        elif recipe.base == debian.REFERENCE:
            debian.ensure(self._buildah)
        say(f"Building {recipe.reference}")
        began = time.monotonic()
        arguments = {**recipe.arguments, "BASE": recipe.base_reference}
        self._buildah.build(
            recipe.reference, recipe.containerfile, recipe.context, arguments=arguments, secrets=self._secrets
        )
        self._built.add(recipe.reference)
        say(f"Built {recipe.reference} in {time.monotonic() - began:.0f} s")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A context for one process at a time; others wait."""
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
