"""Daemons that outlive their starter are found again, and no other processes."""

import json
import os
from pathlib import Path

import pytest

from cluster.component import Component
from cluster.daemon import Daemon, end, process
from cluster.errors import ToolError
from cluster.waiting import wait_until


@pytest.fixture
def sleeper(tmp_path: Path):
    daemon = Daemon("sleeper", ["sleep", "600"], tmp_path)
    yield daemon
    daemon.kill()


def test_a_daemon_is_found_again_by_its_folder(sleeper: Daemon, tmp_path: Path) -> None:
    sleeper.start()
    again = Daemon("sleeper", ["sleep", "600"], tmp_path)
    assert again.process is not None
    assert again.process == sleeper.process


def test_a_running_daemon_is_not_started_twice(sleeper: Daemon) -> None:
    sleeper.start()
    first = sleeper.process
    sleeper.start()
    assert sleeper.process == first


def test_a_stopped_daemon_is_gone_when_stop_returns(sleeper: Daemon) -> None:
    sleeper.start()
    pid = sleeper.process.pid if sleeper.process else 0
    sleeper.stop()
    assert sleeper.process is None
    found = process(pid)
    assert found is None or not found.running


def test_a_reused_pid_is_another_process(sleeper: Daemon) -> None:
    own = process(os.getpid())
    assert own is not None
    sleeper.pid_file.write_text(json.dumps({"pid": own.pid, "started": own.started - 1}), encoding="utf-8")
    assert sleeper.process is None


def test_the_error_of_a_daemon_that_ends_has_its_last_output(tmp_path: Path) -> None:
    daemon = Daemon("failing", ["sh", "-c", "sleep 0.3; echo no such port; exit 3"], tmp_path)
    with pytest.raises(ToolError, match="no such port"):
        Component(daemon, lambda: False).start()


def test_processes_are_killed_before_one_can_see_another_end(tmp_path: Path) -> None:
    said = tmp_path / "said"
    watching = 'sleep 600 & echo $! > "$0.pid"; wait; echo "it ended" > "$0"'
    parent = Daemon("parent", ["sh", "-c", watching, str(said)], tmp_path)
    parent.start()
    wait_until("the child runs", lambda: (tmp_path / "said.pid").exists() and bool((tmp_path / "said.pid").read_text()))
    child = process(int((tmp_path / "said.pid").read_text()))
    assert child is not None
    assert parent.process is not None
    end([child, parent.process])
    assert not said.exists()
