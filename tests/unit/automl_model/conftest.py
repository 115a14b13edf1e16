"""One bundle for all tests that harm it: copying directories is what would take long."""

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
    """The bundle, to be harmed."""
    yield whole[0]
    restore(*whole)
