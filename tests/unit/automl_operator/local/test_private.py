"""Folders of a run are private to its user, whatever the umask, because others may use the machine."""

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest

from automl.frames import frame_path, frame_table, store_frame
from automl_operator.decisions.state.actions import StartRunner
from automl_operator.local.files import make_private
from automl_operator.local.logs import open_log
from automl_operator.local.publishing import place_bundle
from automl_operator.local.run_folder import RunFolder
from fakes.local_world_harness import local_world_harness

MAKES_A_FOLDER = (
    sys.executable,
    "-c",
    "import os, pathlib, sys; pathlib.Path(sys.argv[1], 'store/trials').mkdir(parents=True); sys.stdin.read()",
)


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(root: Path) -> dict[str, str]:
    """The folders below a root, with their modes."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    return {str(folder.relative_to(root)): oct(stat.S_IMODE(folder.stat().st_mode)) for folder in folders}


@pytest.mark.usefixtures("umask")
def test_a_folder_and_those_above_it_are_private(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")
    assert set(modes(tmp_path / "a").values()) == {"0o700"}


def test_the_mode_of_an_existing_folder_is_kept(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path / "a")
    make_private(tmp_path)
    assert oct(stat.S_IMODE(tmp_path.stat().st_mode)) == "0o755"


def test_every_folder_of_a_run_and_of_its_runners_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        asyncio.run(a_run(tmp_path / "run"))
    finally:
        os.umask(before)
    found = modes(tmp_path / "run")
    assert found.keys() >= {"world/trials", "log", "run", "data", "store/trials", "model"}
    assert set(found.values()) == {"0o700"}


async def a_run(folder: Path) -> None:
    """Do everything that creates folders of a run."""
    table = frame_table(pandas.DataFrame({"y": [1, 2]}))
    store_frame(table, frame_path(table, folder), ("y",))
    async with local_world_harness(folder, (*MAKES_A_FOLDER, str(folder))) as harness:
        open_log(harness.place.log / "operator.log").close()
        await harness.world.apply(harness.key, StartRunner("runner", "local"))
        made = folder / "store" / "trials"
        async with asyncio.timeout(10):
            while not made.exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        place_bundle(RunFolder(folder), made)
