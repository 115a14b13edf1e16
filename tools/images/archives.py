"""The archives of built images, outside the work tree. An archive's name contains a key of its image's content."""

import os
from collections.abc import Mapping
from pathlib import Path

from images.recipes import Recipe, recipes


class MissingArchivesError(Exception):
    """Some images are not built yet from the present work tree."""


def directory(environment: Mapping[str, str] = os.environ) -> Path:
    """The images' folder in the cache; it may be removed at any time."""
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "automl-operator", "images")


def archive(recipe: Recipe, folder: Path) -> Path:
    """The path of an image's archive, whether it exists or not."""
    return folder / f"{recipe.name}-{recipe.key}.tar"


def archives() -> list[Path]:
    """The archives of all images of the present work tree, in the order of import. It builds nothing.

    Raises MissingArchivesError, with the command to run, when one is missing.
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
    """The outdated archives of this image, without the newest two, because one of them may be in use."""
    found = folder.glob(f"{recipe.name}-{'[0-9a-f]' * 12}.tar")
    others = (file for file in found if file != archive(recipe, folder))
    return sorted(others, key=lambda file: file.stat().st_mtime, reverse=True)[2:]
