"""A runner as an operating system process: no child survives it, and its exit code tells why it ended."""

import asyncio
import json
import os
import signal

import psutil
import pytest
import pytest_asyncio

from automl_api.protocol import exit_codes
from builders.assignments import a_fit


@pytest_asyncio.fixture(loop_scope="module")
async def at_work(broker, start_runner):
    """Start a runner and wait until its child is at work; returns the runner and all its descendants."""

    async def begin(**environment):
        broker.give(a_fit(id_="long", folds=(0,), seconds=600.0))
        runner = await start_runner(**environment)
        await broker.until(lambda: any(beat.holding and beat.holding[0].folds for beat in broker.heartbeats))
        return runner, runner.descendants()

    return begin


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_survives_a_killed_agent(at_work, gone, mode):
    runner, below = await at_work(children=mode)
    assert below
    runner.process.kill()
    assert await gone(below)


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_survives_the_end_of_the_parents_pipe(at_work, gone, mode):
    runner, below = await at_work(children=mode, parent_pipe=True)
    runner.process.stdin.close()
    code, _ = await runner.end(seconds=10.0)
    assert code == exit_codes.PARENT_LOST
    assert await gone(below)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_killed_zygote_ends_with_its_children_and_is_replaced(broker, at_work, gone):
    runner, below = await at_work()
    (zygote,) = psutil.Process(runner.process.pid).children()
    broker.give(a_fit(id_="next"))
    zygote.kill()
    assert await gone(below)
    code, log = await runner.end()
    assert code == exit_codes.LEFT, log
    lost, done = (request.result for request in broker.results)
    assert (lost.failure.failure_class, [fold.fold for fold in lost.folds]) == ("infrastructure", [0])
    assert (done.id, done.outcome) == ("next", "succeeded")


@pytest.mark.asyncio(loop_scope="module")
async def test_sigterm_hands_in_running_work_as_cancelled(broker, at_work, gone, mode):
    runner, below = await at_work(children=mode)
    runner.process.terminate()
    code, log = await runner.end()
    assert code == exit_codes.TERMINATED, log
    assert [request.result.outcome for request in broker.results] == ["cancelled"]
    assert broker.results[0].free == 0
    assert await gone(below)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_parent_handles_ctrl_c(broker, at_work):
    runner, _ = await at_work(parent_pipe=True)
    runner.process.send_signal(signal.SIGINT)
    broker.cancel = {"long"}
    code, log = await runner.end()
    assert code == exit_codes.LEFT, log
    assert [request.result.outcome for request in broker.results] == ["cancelled"]


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_broker_the_work_is_finished_and_written_to_the_termination_log(broker, start_runner, tmp_path):
    last_words = tmp_path / "termination"
    broker.give(a_fit(id_="orphan", attempt=2, folds=(0, 1), seconds=1.0))
    runner = await start_runner(broker_timeout_seconds=0.5, termination_log=str(last_words))
    await broker.until(lambda: any(beat.holding and beat.holding[0].folds for beat in broker.heartbeats))
    await broker.stop()
    code, log = await runner.end()
    assert code == exit_codes.BROKER_LOST, log
    (entry,) = json.loads(last_words.read_text())["undelivered"]
    assert entry == {"id": "orphan", "attempt": 2, "outcome": "succeeded", "folds": [0]}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_agent_stays_small(broker, start_runner):
    broker.leave_when_empty = False
    runner = await start_runner()
    await broker.until(lambda: broker.leases)
    maps = await asyncio.to_thread(psutil.Process(runner.process.pid).memory_maps)
    loaded = " ".join(region.path for region in maps)
    assert "aiohttp" in loaded
    assert not any(library in loaded for library in ("pandas", "sklearn", "lightgbm", "pyarrow"))


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"AUTOML_BROKER_URL": None}, "AUTOML_BROKER_URL is not set", id="a missing variable is named"),
        pytest.param({"AUTOML_BROKER_URL": "broker:80"}, "http:// or https://", id="the address needs a scheme"),
        pytest.param({"AUTOML_TOKEN_FILE": "/nowhere/token"}, "cannot be read", id="the token must be readable"),
        pytest.param({"AUTOML_SLOTS": "0"}, "at least one slot", id="a runner has a slot"),
        pytest.param({"AUTOML_SLOTS": "two"}, "AUTOML_SLOTS", id="an invalid number is named"),
        pytest.param({"AUTOML_CHILDREN": "thread"}, "fork or spawn", id="children are forked or spawned"),
    ],
)
def test_a_wrong_environment_is_reported(variables, words, tmp_path, capsys):
    from automl_runner.agent import run

    token = tmp_path / "token"
    token.write_text("token")
    right = {"AUTOML_BROKER_URL": "http://127.0.0.1:1", "AUTOML_TOKEN_FILE": str(token)}
    given = {name: value for name, value in (right | variables).items() if value is not None}
    assert run(given, (), lambda: ()) == exit_codes.WRONG_ENVIRONMENT
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error


def test_the_command_is_installed_and_reports_a_missing_variable():
    import subprocess
    import sys

    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOML_")}
    ended = subprocess.run(
        [sys.executable, "-m", "automl_runner"], check=False, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == exit_codes.WRONG_ENVIRONMENT
    assert ended.stderr.startswith("error: the environment variable AUTOML_BROKER_URL is not set")
