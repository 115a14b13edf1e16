"""A runner in a container: it is process 1, its user has no name, and its file system is read-only."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from automl_api.protocol import RunnerEnvironment, exit_codes
from automl_runner.agent.orphans import reap_orphans
from automl_runner.mounts import Mounts
from builders.assignments import a_fit
from fakes import runner_program

UNSHARE = ("unshare", "--fork", "--pid", "--mount-proc", "--kill-child=KILL")


def _may_unshare():
    return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def process_1():
    """The command that makes a program process 1; without it, a test is skipped, and fails in CI."""
    if not _may_unshare():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("process name spaces need root here")
    return UNSHARE


@pytest_asyncio.fixture(loop_scope="module")
async def contained(broker, tmp_path, process_1):
    """A runner as process 1: the process of `unshare`, whose only child is the runner."""
    (tmp_path / "token").write_text("token")
    environment = RunnerEnvironment(
        broker_url=broker.url, token_file=str(tmp_path / "token"), heartbeat_seconds=0.5, slots=2
    )
    process = await asyncio.create_subprocess_exec(
        *process_1, sys.executable, "-P", runner_program.__file__,
        env={**os.environ, **environment.variables()}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    yield process
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


def _only_child(pid):
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


@pytest.mark.asyncio(loop_scope="module")
async def test_process_1_answers_sigterm_and_hands_in(broker, contained):
    broker.give(a_fit(id_="long", folds=(0,), seconds=600.0))
    await broker.until(lambda: any(beat.holding and beat.holding[0].folds for beat in broker.heartbeats))
    os.kill(_only_child(contained.pid), signal.SIGTERM)
    _, log = await asyncio.wait_for(contained.communicate(), 30.0)
    assert contained.returncode == exit_codes.TERMINATED, log.decode()
    assert [request.result.outcome for request in broker.results] == ["cancelled"]


def test_sigterm_before_the_agent_handles_it_still_ends_the_runner(process_1):
    """Process 1 has no default handlers: without a handler of its own, it would ignore SIGTERM."""
    program = """
import os, signal
import automl_runner.agent
from automl_runner.__main__ import main
def run(*_):
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
automl_runner.agent.run = run
main()
"""
    ended = subprocess.run([*process_1, sys.executable, "-c", program], check=False, timeout=60, capture_output=True)
    assert ended.returncode == exit_codes.TERMINATED, ended.stderr.decode()


@pytest.mark.asyncio(loop_scope="module")
async def test_orphans_are_reaped_and_awaited_children_are_not(process_1):
    own = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    orphan = os.posix_spawn("/bin/true", ["true"], os.environ)  # noqa: ASYNC221 - nobody awaits it
    async with asyncio.timeout(20.0):
        burying = asyncio.create_task(reap_orphans(0.2, init=os.getpid()))
        while os.path.exists(f"/proc/{orphan}"):  # noqa: ASYNC110, ASYNC240, PTH110 - the kernel tells nobody
            await asyncio.sleep(0.05)
        assert await own.wait() == 0
    burying.cancel()


@pytest.mark.asyncio(loop_scope="module")
async def test_only_process_1_reaps_orphans():
    await asyncio.wait_for(reap_orphans(init=os.getpid() + 1), 5.0)


def test_a_user_without_a_name_or_a_home_still_has_a_cache():
    assert Mounts.read({}).cache.is_absolute()
    assert Mounts.read({"HOME": "/tmp/x"}).cache.is_relative_to("/tmp/x")
    assert str(Mounts.read({"AUTOML_CACHE_DIRECTORY": "/tmp/automl", "HOME": "/"}).cache) == "/tmp/automl"


NOBODYS = """
import os, sys
assert os.getuid() == 54321
from automl_api.protocol import Assignment, Candidate, FinalizeWork, FitWork, PrepareWork
from automl_api.resources.experiment import ExperimentSpec, StoreSpec
from automl_api.resources.trial import Configuration
from automl_runner.children.work import program
from automl_runner.mounts import Mounts

work = program(Mounts.read(os.environ))
for name in work.all_modules():
    __import__(name)
spec = ExperimentSpec.read({"data": {"uri": sys.argv[1]}, "target": "y"})
store = StoreSpec(uri="pvc://shop/runs")
def do(kind, **more):
    assignment = Assignment(id=kind, attempt=1, experiment="e", uid="u", store=store, kind=kind, **more)
    outcome = work.handlers[kind](assignment, lambda fold: None)
    return outcome
plan = do("prepare", prepare=PrepareWork(spec=spec)).plan
found = []
for learner in ("linear", "lightgbm", "extra_trees"):
    configuration = Configuration(learner=learner)
    do("fit", fit=FitWork(trial=learner, configuration=configuration, folds=(0, 1), prepared=plan.prepared, seed=0))
    found.append(Candidate(trial=learner, configuration=configuration, folds=(0, 1)))
work_ = FinalizeWork(prepared=plan.prepared, candidates=tuple(found), model="m", spec=spec)
print(do("finalize", finalize=work_).model.uri)
"""


def test_everything_works_for_a_nameless_user_who_may_write_only_a_scratch_folder_and_the_claim(tmp_path, process_1):
    """Like a restricted pod on a platform that assigns user ids. The folder is not in /tmp, where this tree may lie."""
    import pandas as pd

    from builders.preparing import a_table

    claim = tmp_path / "claims" / "shop"
    claim.mkdir(parents=True)
    pd.DataFrame(a_table()).to_parquet(claim / "rows.parquet")
    claim.chmod(0o777)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    script = (
        f"mount --bind {tmp_path / 'claims'} /mnt && mount -o remount,bind,ro / && mount -t tmpfs -o size=64m tmpfs /dev/shm"
        f" && mount -t tmpfs -o mode=1777 tmpfs {scratch}"
        ' && exec unshare --user --map-user=54321 --map-group=54321 env -i "$@"'
    )
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", f"HOME={scratch}", f"TMPDIR={scratch}", "AUTOML_CLAIMS_DIRECTORY=/mnt",
         "OMP_NUM_THREADS=1", f"AUTOML_CACHE_DIRECTORY={scratch}/automl", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=error",
         sys.executable, "-P", "-c", NOBODYS, "pvc://shop/rows.parquet"],
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "pvc://shop/runs/models/m"
