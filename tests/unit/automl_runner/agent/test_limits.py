"""Limits of the termination message and of memory, and the redaction of secrets."""

import io
import json
import logging
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.protocol import Failure, Result
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


@pytest.mark.parametrize(("before", "after"), [("-997", "-497"), ("900", "1000"), ("1000", "1000")])
def test_the_kernel_kills_a_child_before_its_agent(before, after, tmp_path):
    (tmp_path / "score").write_text(f"{before}\n")
    prefer_this_process(tmp_path / "score")
    assert (tmp_path / "score").read_text() == after


def test_no_more_memory_is_used_than_is_announced():
    assert memory_limit(GIB // 2) == GIB // 2
    assert memory_limit(0) > GIB // 2


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
