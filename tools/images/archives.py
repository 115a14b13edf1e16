"""Where the built images lie: one archive each, named by what it was built from, outside the work tree."""

import os
from collections.abc import Mapping
from pathlib import Path

from images.recipes import Recipe, recipes


class MissingArchivesError(Exception):
    """Images have not been built from what lies in the work tree now."""


def directory(environment: Mapping[str, str] = os.environ) -> Path:
    """The images' part of the cache; everything in it may be removed at any time."""
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "automl-operator", "images")


def archive(recipe: Recipe, folder: Path) -> Path:
    """The file that an image's archive has, or would have."""
    return folder / f"{recipe.name}-{recipe.key}.tar"


def archives() -> list[Path]:
    """The archives of all images as the work tree is now, in the order of their import; builds nothing.

    Raises MissingArchivesError, with the command to use, where one has yet to be built.
    """
    folder = directory()
    try:
        found = [archive(recipe, folder) for recipe in recipes()]
    except FileNotFoundError as error:
        raise MissingArchivesError(f"{error}; run: make images") from error
    missing = [file.name for file in found if not file.is_file()]
    if missing:
        raise MissingArchivesError(f"not built yet: {', '.join(missing)}, in {folder}; run: make images")
    return found


def superseded(recipe: Recipe, folder: Path) -> list[Path]:
    """The archives of this image from something else that was built, but for the newest two: one may be in use."""
    found = folder.glob(f"{recipe.name}-{'[0-9a-f]' * 12}.tar")
    others = (file for file in found if file != archive(recipe, folder))
    return sorted(others, key=lambda file: file.stat().st_mtime, reverse=True)[2:]
