"""One bundle for all tests that damage it, because copying directories would be slow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.bundles import a_bundle, restore


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A bundle, and the bytes of its files."""
    made = a_bundle(tmp_path_factory.mktemp("whole"))
    return made, {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}


@pytest.fixture
def bundle(whole: tuple[Path, dict[str, bytes]]) -> Iterator[Path]:
    """The bundle for one test to damage; its files are restored."""
    yield whole[0]
    restore(*whole)
