"""Limits of the termination message and of memory, and the redaction of secrets."""

import io
import json
import logging
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.protocol import Failure, Result
from automl_runner.agent.control_groups import memory_limits, memory_used, out_of_memory_kills
from automl_runner.agent.endings import result
from automl_runner.agent.logs import LogContext, configure_logs
from automl_runner.agent.memory import memory_limit, pause_seconds
from automl_runner.agent.termination import MAX_BYTES, termination_message
from automl_runner.children.victims import prefer_this_process
from automl_runner.launchers import Crash
from automl_runner.redaction import redact
from builders.assignments import a_fit

GIB = 2**30


@given(message=st.text(max_size=4096), count=st.integers(0, 60))
def test_the_termination_message_is_json_that_fits_and_counts_what_it_leaves_out(message, count):
    failure = Failure(failure_class="program", reason="Traceback", message=message)
    results = [Result(id=f"fit-{n}", attempt=1, outcome="failed", failure=failure) for n in range(count)]
    text = termination_message(results)
    report = json.loads(text)
    assert len(text.encode()) <= MAX_BYTES
    assert len(report["undelivered"]) + report["leftOut"] == count


@pytest.fixture
def groups(tmp_path: Path):
    """A pod's control group, with the control group of our container in it."""
    (tmp_path / "pod" / "container").mkdir(parents=True)
    (tmp_path / "own").write_text("4:memory:/old\n0::/pod/container\n")
    return tmp_path / "pod" / "container"


def test_the_limits_of_the_groups_above_count_too(groups, tmp_path):
    (tmp_path / "pod" / "memory.max").write_text("1073741824\n")
    (groups / "memory.max").write_text("max\n")
    assert memory_limits(tmp_path, tmp_path / "own") == (GIB,)


def test_the_limit_of_a_version_1_group_counts_too(tmp_path):
    (tmp_path / "own").write_text("4:memory:/kubepods/pod7/container\n0::/\n")
    (tmp_path / "memory").mkdir()
    # A container without its own cgroup namespace sees its group as the root, and in /proc the path on the host.
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1073741824\n")
    (tmp_path / "memory" / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert memory_limits(tmp_path, tmp_path / "own") == (GIB,)
    assert out_of_memory_kills(tmp_path, tmp_path / "own", tmp_path / "vmstat") == 3


STAT = "anon 1000\nfile 9000\nkernel_stack 5\nshmem 200\n"
OLD_STAT = "cache 9000\nrss 1\nshmem 2\ntotal_cache 9000\ntotal_rss 1000\ntotal_shmem 200\n"


@pytest.mark.parametrize(
    ("limit", "used"), [(5000, 1200), (4000, 0)], ids=["a limit at the announced memory", "a limit above it"]
)
def test_a_group_counts_only_memory_that_the_kernel_cannot_reclaim(groups, tmp_path, limit, used):
    (groups / "memory.max").write_text("5000\n")
    (groups / "memory.stat").write_text(STAT)
    assert memory_used(limit, tmp_path, tmp_path / "own") == used


def test_a_group_without_a_limit_is_not_counted_as_ours(groups, tmp_path):
    (groups / "memory.max").write_text("max\n")
    (groups / "memory.stat").write_text(STAT)
    assert memory_used(5000, tmp_path, tmp_path / "own") == 0


def test_the_whole_tree_of_a_version_1_group_is_counted(tmp_path):
    (tmp_path / "own").write_text("4:memory:/pod\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("5000\n")
    (tmp_path / "memory" / "memory.stat").write_text(OLD_STAT)
    assert memory_used(5000, tmp_path, tmp_path / "own") == 1200


@pytest.mark.parametrize(("before", "after"), [("-997", "-497"), ("900", "1000"), ("1000", "1000")])
def test_the_kernel_kills_a_child_before_its_agent(before, after, tmp_path):
    (tmp_path / "score").write_text(f"{before}\n")
    prefer_this_process(tmp_path / "score")
    assert (tmp_path / "score").read_text() == after


def test_no_more_memory_is_used_than_is_announced():
    assert memory_limit(GIB // 2) == GIB // 2
    assert memory_limit(0) > GIB // 2


KILLS = {
    "the count of the own group": ("oom 9\noom_kill 2\n", "oom_kill 7\n", 2),
    "the machine's count, if the group has none": (None, "nr_free_pages 1\noom_kill 7\n", 7),
    "none, if there is no count": (None, "nr_free_pages 1\n", 0),
}


@pytest.mark.parametrize(("own", "machine", "count"), KILLS.values(), ids=KILLS)
def test_the_kernels_count_of_memory_kills_is_read(groups, tmp_path, own, machine, count):
    if own is not None:
        (groups / "memory.events").write_text(own)
    (tmp_path / "vmstat").write_text(machine)
    assert out_of_memory_kills(tmp_path, tmp_path / "own", tmp_path / "vmstat") == count


ENDINGS = {
    "killed by somebody": (Crash(signal=signal.SIGKILL), "infrastructure", "Killed"),
    "ended by somebody": (Crash(signal=signal.SIGTERM), "infrastructure", "Killed"),
    "killed by the kernel for memory": (Crash(signal=signal.SIGKILL, out_of_memory=True), "resources", "OutOfMemory"),
    "its zygote killed for memory": (Crash(lost=True, out_of_memory=True), "resources", "OutOfMemory"),
    "its zygote ended": (Crash(lost=True), "infrastructure", "ZygoteLost"),
    "a library's crash": (Crash(signal=signal.SIGSEGV), "configuration", "Crashed"),
}


@pytest.mark.parametrize(("crash", "failure_class", "reason"), ENDINGS.values(), ids=ENDINGS)
def test_the_class_of_a_crash_depends_on_who_ended_the_child(crash, failure_class, reason):
    failure = result(a_fit(), crash, None, (), seconds=1.0, peak_memory_bytes=0).failure
    assert failure is not None
    assert (failure.failure_class, failure.reason) == (failure_class, reason)


def test_memory_is_checked_more_often_the_less_is_left():
    assert pause_seconds(64 * GIB, 1) > pause_seconds(2 * GIB, 1) > pause_seconds(0, 1)
    assert pause_seconds(2 * GIB, 8) < pause_seconds(2 * GIB, 1)


def test_credentials_are_redacted_and_file_names_are_not():
    variables = {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AUTOML_TOKEN_FILE": "/var/run/token"}
    text = "wJalrXUtnFEMI in /var/run/token at s3://ann:pass@bucket"
    assert redact(text, variables) == "*** in /var/run/token at s3://***@bucket"


def test_mounted_keys_are_redacted_by_their_current_values(tmp_path):
    key = tmp_path / "bucket" / "AWS_SECRET_ACCESS_KEY"
    key.parent.mkdir()
    for value in ("wJalrXUtnFEMI", "another-key"):
        key.write_text(f"{value}\n")
        text = redact(f"{value} in {tmp_path}", {"AUTOML_SECRETS_DIRECTORY": str(tmp_path)})
        assert text == f"*** in {tmp_path}"


@pytest.fixture
def log(monkeypatch):
    """Log one line in a format and return what was written."""

    def write(form, **extra):
        stream, where = io.StringIO(), LogContext()
        monkeypatch.setattr("automl_runner.agent.logs.LOG_CONTEXT", where)
        where.begin(a_fit(id_="fit-7"))
        configure_logs({"AUTOML_LOG_FORMAT": form} if form else {}, stream)
        logging.getLogger("somewhere").info("good day", extra=extra)
        return stream.getvalue()

    handlers = logging.root.handlers[:]
    yield write
    logging.basicConfig(handlers=handlers, force=True)


def test_a_json_line_names_experiment_trial_and_assignment(log):
    entry = json.loads(log("json", assignment="fit-7"))
    entry.pop("time")
    assert entry == {
        "level": "info", "experiment": "churn", "trial": "trial-fit-7", "assignment": "fit-7", "message": "good day",
    }  # fmt: skip


def test_a_line_without_an_assignment_still_names_the_experiment(log):
    assert (json.loads(log(""))["experiment"], json.loads(log(""))["trial"]) == ("churn", "")


def test_plain_lines_are_readable_for_people(log):
    assert log("plain", assignment="fit-7") == "info [fit-7] good day\n"


def test_failures_are_kept_first_in_the_termination_message():
    failure = Failure(failure_class="program", reason="Traceback", message="x" * 200)
    results = [Result(id=f"done-{n}", attempt=1, outcome="succeeded") for n in range(200)]
    results.append(Result(id="failed", attempt=1, outcome="failed", failure=failure))
    message = json.loads(termination_message(results))
    assert message["undelivered"][0]["id"] == "failed"
    assert message["leftOut"] > 0
