"""Ctrl-C before the run has begun ends the command at once, without a traceback."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, signal
from automl.interrupts import leaving_on_interrupt
{before}
with leaving_on_interrupt():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:
        print("heard as", error)
print("went on")
"""


@pytest.mark.parametrize(
    ("before", "code", "printed"),
    [
        pytest.param("", 130, "", id="the default"),
        pytest.param(
            "signal.signal(signal.SIGINT, signal.SIG_IGN)", 0, "went on\n", id="ignored by the parent process"
        ),
        pytest.param("signal.signal(signal.SIGINT, lambda *_: None)", 0, "went on\n", id="handled by other code"),
    ],
)
def test_ctrl_c_ends_the_command_unless_it_is_handled_elsewhere(before: str, code: int, printed: str) -> None:
    arguments = [sys.executable, "-c", PROGRAM.format(before=before)]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, printed, "")
