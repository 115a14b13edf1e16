"""The search as a process that answers each line with a line."""

import io
import subprocess
import sys

import pytest
from pydantic import ValidationError

from automl_api.resources.search_space import Parameter
from automl_operator.search import suggest
from automl_operator.search.line import to_line
from automl_operator.search.suggester import SuggestAnswer
from automl_operator.search.worker import serve
from builders.search import a_request, a_tunable_learner, seen

REQUESTS = [
    a_request(algorithm="bayesian", count=3),
    a_request(algorithm="bayesian", count=2, observations=(seen(0, 0.5, rate=0.1, depth=6, bootstrap=False),)),
    a_request(algorithm="grid", count=2),
]


def test_every_line_is_answered_like_a_call_until_the_input_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "automl_operator.search.worker"],
        input="".join(to_line(request) for request in REQUESTS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    answers = [SuggestAnswer.read_json(line) for line in ended.stdout.splitlines()]
    assert answers == [suggest(request) for request in REQUESTS]


def test_earlier_requests_change_no_answer() -> None:
    often, once = io.StringIO(), io.StringIO()
    serve([to_line(request) for request in [*REQUESTS, *REQUESTS[::-1]]], often)
    for request in [*REQUESTS, *REQUESTS[::-1]]:
        serve([to_line(request)], once)
    assert often.getvalue() == once.getvalue()


def test_a_line_that_is_no_request_is_an_error() -> None:
    with pytest.raises(ValidationError):
        serve(["{}"], io.StringIO())


FULL = """
from automl_operator.search import worker
huge = 2 * worker.ADDRESS_SPACE_BYTES
worker.suggest = lambda asked: bytearray(huge) if asked.seed else worker.SuggestAnswer(exhausted=True)
worker.limit_memory()
worker.serve(worker.sys.stdin, worker.sys.stdout)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a limit of the address space")
def test_a_request_that_takes_all_memory_fails_alone() -> None:
    requests = [a_request(seed=1), a_request(seed=0)]
    ended = subprocess.run(
        [sys.executable, "-c", FULL],
        input="".join(to_line(request) for request in requests),
        capture_output=True,
        text=True,
        check=False,
    )
    full, other = [SuggestAnswer.read_json(line) for line in ended.stdout.splitlines()]
    assert "512 MiB" in full.failure
    assert other == SuggestAnswer(exhausted=True)


def test_a_request_that_breaks_the_search_is_answered_with_the_error() -> None:
    upside_down = Parameter(name="x", type="float", low=2, high=1)
    answers = io.StringIO()
    serve([to_line(a_request(a_tunable_learner("forest", upside_down), count=2)), to_line(REQUESTS[2])], answers)
    broken, other = [SuggestAnswer.read_json(line) for line in answers.getvalue().splitlines()]
    assert "low <= high" in broken.failure
    assert other == suggest(REQUESTS[2])
