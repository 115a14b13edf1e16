"""Every durable write of the local World survives a kill before and after it: the file is whole, old or new."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automl_api import failpoints
from automl_operator.local import publishing, records
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder

TESTS = Path(__file__).parents[3]
PROGRAM = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from builders.control import a_minimal_model, a_minimal_plan, a_claimed_trial, a_minimal_experiment
from automl_operator.local.opening import open_run
from automl_operator.local.run_folder import RunFolder
from automl_operator.local.publishing import place_bundle

def write_everything(place):
    records = open_run(place, a_minimal_experiment(), datetime.now(UTC))
    records.write_spec(records.experiment)
    records.write_status(records.experiment)
    records.create_plan(a_minimal_plan())
    if records.trial(a_claimed_trial().metadata.name) is None:
        records.create_trial(a_claimed_trial())
    records.write_trial(a_claimed_trial())
    records.create_model(a_minimal_model())
    published = place.store / "models" / "churn"
    published.mkdir(parents=True, exist_ok=True)
    (published / "manifest.json").write_text("{}")
    place_bundle(place, published)

for line in sys.stdin:
    failpoint, folder = line.rstrip().split(" ", 1)
    child = os.fork()
    if child == 0:
        os.environ["AUTOML_FAILPOINT"] = failpoint
        write_everything(RunFolder(Path(folder)))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
LOCAL_WRITES = tuple(name for name in failpoints.declared() if name.partition(":")[2].startswith(("world.", "local.")))
Writer = Callable[[Path, str], int]


@pytest.fixture(scope="module")
def write_everything() -> Iterator[Writer]:
    """Make every write in a process of its own, armed with a failpoint; returns its exit code."""
    command = [sys.executable, "-c", PROGRAM]
    environment = {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def write(folder: Path, failpoint: str) -> int:
            print(failpoint, folder, file=requests, flush=True)
            return int(answers.readline())

        yield write


def test_every_write_has_a_failpoint() -> None:
    writes = {value for name, value in vars(records).items() if name.startswith(("CREATE_", "WRITE_"))}
    writes.add(publishing.PLACE_BUNDLE)
    assert {f"{moment}:{write}" for moment in ("before", "after") for write in writes} == set(LOCAL_WRITES)
    assert len(writes) == 8


@pytest.mark.parametrize("failpoint", LOCAL_WRITES)
def test_a_run_that_is_killed_at_a_failpoint_is_intact_and_goes_on(
    failpoint: str, tmp_path: Path, write_everything: Writer
) -> None:
    place = RunFolder(tmp_path / "run")
    assert write_everything(place.root, failpoint) == -9
    for path in (path for path in tmp_path.rglob("*.json") if not path.name.startswith(".")):
        json.loads(path.read_text())
    if failpoint != "before:world.create-experiment":
        assert RunRecords.load(place).experiment.metadata.uid
    assert write_everything(place.root, "none") == 0
    assert RunRecords.load(place).model is not None
    assert (place.bundle / "manifest.json").exists()
    assert not list(place.root.glob(".writing-*"))
