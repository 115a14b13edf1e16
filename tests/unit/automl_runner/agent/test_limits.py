"""What is bounded: the last words, the memory, and what of them may be read."""

import json
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.protocol import Failure, Result
from automl_runner.agent.control_groups import memory_limits, out_of_memory_kills
from automl_runner.agent.endings import result
from automl_runner.agent.memory import memory_limit, pause_seconds
from automl_runner.agent.termination import MAX_BYTES, termination_message
from automl_runner.launchers import Crash
from automl_runner.redaction import redact
from builders.assignments import a_fit

GIB = 2**30


@given(message=st.text(max_size=4096), count=st.integers(0, 60))
def test_the_last_words_are_json_that_fits_and_counts_what_it_leaves_out(message, count):
    failure = Failure(failure_class="program", reason="Traceback", message=message)
    results = [Result(id=f"fit-{n}", attempt=1, outcome="failed", failure=failure) for n in range(count)]
    text = termination_message(results)
    said = json.loads(text)
    assert len(text.encode()) <= MAX_BYTES
    assert len(said["undelivered"]) + said["leftOut"] == count


@pytest.fixture
def groups(tmp_path: Path):
    """A pod's control group with a container's in it, where we are."""
    (tmp_path / "pod" / "container").mkdir(parents=True)
    (tmp_path / "own").write_text("4:memory:/old\n0::/pod/container\n")
    return tmp_path / "pod" / "container"


def test_the_limits_of_the_groups_above_count_too(groups, tmp_path):
    (tmp_path / "pod" / "memory.max").write_text("1073741824\n")
    (groups / "memory.max").write_text("max\n")
    assert memory_limits(tmp_path, tmp_path / "own") == (GIB,)


def test_no_more_memory_is_used_than_is_announced():
    assert memory_limit(GIB // 2) == GIB // 2
    assert memory_limit(0) > GIB // 2


KILLS = {
    "the own group's count": ("oom 9\noom_kill 2\n", "oom_kill 7\n", 2),
    "the machine's, where the group does not say": (None, "nr_free_pages 1\noom_kill 7\n", 7),
    "none, where nobody says": (None, "nr_free_pages 1\n", 0),
}


@pytest.mark.parametrize(("own", "machine", "count"), KILLS.values(), ids=KILLS)
def test_the_kernel_says_how_often_it_killed_for_memory(groups, tmp_path, own, machine, count):
    if own is not None:
        (groups / "memory.events").write_text(own)
    (tmp_path / "vmstat").write_text(machine)
    assert out_of_memory_kills(tmp_path, tmp_path / "own", tmp_path / "vmstat") == count


ENDINGS = {
    "killed by somebody": (Crash(signal=signal.SIGKILL), "infrastructure", "Killed"),
    "told to end by somebody": (Crash(signal=signal.SIGTERM), "infrastructure", "Killed"),
    "killed by the kernel for memory": (Crash(signal=signal.SIGKILL, out_of_memory=True), "resources", "OutOfMemory"),
    "its zygote killed for memory": (Crash(lost=True, out_of_memory=True), "resources", "OutOfMemory"),
    "its zygote ended": (Crash(lost=True), "infrastructure", "ZygoteLost"),
    "a library's crash": (Crash(signal=signal.SIGSEGV), "configuration", "Crashed"),
}


@pytest.mark.parametrize(("crash", "failure_class", "reason"), ENDINGS.values(), ids=ENDINGS)
def test_who_ended_a_child_says_whose_fault_it_is(crash, failure_class, reason):
    failure = result(a_fit(), crash, None, (), seconds=1.0, peak_memory_bytes=0).failure
    assert (failure.failure_class, failure.reason) == (failure_class, reason)


def test_memory_is_looked_at_more_often_the_less_there_is_left():
    assert pause_seconds(64 * GIB, 1) > pause_seconds(2 * GIB, 1) > pause_seconds(0, 1)
    assert pause_seconds(2 * GIB, 8) < pause_seconds(2 * GIB, 1)


def test_credentials_are_struck_out_and_file_names_are_not():
    variables = {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AUTOML_TOKEN_FILE": "/var/run/token"}
    text = "wJalrXUtnFEMI in /var/run/token at s3://ann:pass@bucket"
    assert redact(text, variables) == "*** in /var/run/token at s3://***@bucket"
