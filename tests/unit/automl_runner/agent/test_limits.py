"""What is bounded: the last words, the memory, and what of them may be read."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from automl_api.protocol import Failure, Result
from automl_runner.agent.memory import memory_limit, pause_seconds
from automl_runner.agent.termination import MAX_BYTES, termination_message
from automl_runner.redaction import redact

GIB = 2**30


@given(message=st.text(max_size=4096), count=st.integers(0, 60))
def test_the_last_words_are_json_that_fits_and_counts_what_it_leaves_out(message, count):
    failure = Failure(failure_class="program", reason="Traceback", message=message)
    results = [Result(id=f"fit-{n}", attempt=1, outcome="failed", failure=failure) for n in range(count)]
    text = termination_message(results)
    said = json.loads(text)
    assert len(text.encode()) <= MAX_BYTES
    assert len(said["undelivered"]) + said["leftOut"] == count


def test_the_least_limit_of_the_cgroups_above_counts(tmp_path: Path):
    (tmp_path / "pod" / "container").mkdir(parents=True)
    (tmp_path / "pod" / "memory.max").write_text("1073741824\n")
    (tmp_path / "pod" / "container" / "memory.max").write_text("max\n")
    own = tmp_path / "own"
    own.write_text("4:memory:/old\n0::/pod/container\n")
    assert memory_limit(0, tmp_path, own) == GIB
    assert memory_limit(GIB // 2, tmp_path, own) == GIB // 2


def test_memory_is_looked_at_more_often_the_less_there_is_left():
    assert pause_seconds(64 * GIB, 1) > pause_seconds(2 * GIB, 1) > pause_seconds(0, 1)
    assert pause_seconds(2 * GIB, 8) < pause_seconds(2 * GIB, 1)


def test_credentials_are_struck_out_and_file_names_are_not():
    variables = {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AUTOML_TOKEN_FILE": "/var/run/token"}
    text = "wJalrXUtnFEMI in /var/run/token at s3://ann:pass@bucket"
    assert redact(text, variables) == "*** in /var/run/token at s3://***@bucket"
