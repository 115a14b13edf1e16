"""A program dies at its armed failpoint, and at no other."""

import os
import signal
import subprocess
import sys

import pytest

from automl_api import failpoints
from automl_api.environment_names import FAILPOINT

PROGRAM = "from automl_api import failpoints as f; f.reach('before:a'); f.reach('after:a'); f.reach('after:a'); print('alive')"


@pytest.mark.parametrize(
    ("armed", "code"), [("before:a", -9), ("after:a@2", -9), ("after:a@3", 0), ("before:b", 0), ("", 0)]
)
def test_it_dies_at_the_armed_failpoint(armed: str, code: int) -> None:
    environment = {**os.environ, FAILPOINT: armed}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (code, b"alive\n" if code == 0 else b"")


def test_process_1_of_a_container_dies_too_although_sigkill_from_itself_has_no_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(FAILPOINT, "before:alone")
    monkeypatch.setattr(os, "kill", lambda _pid, _number: None)
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    failpoints.reach("before:alone")
    assert ended == [128 + signal.SIGKILL]
