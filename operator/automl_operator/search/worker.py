"""`python -m automl_operator.search.worker`: the search in its own process, off the controller's event loop.

Standard input has one SuggestRequest a line (`line`), standard output one SuggestAnswer as JSON a line, until the input
ends. No answer depends on an earlier line; caches only save time. Where the search fails on a request, the answer says
why. An invalid line ends the process with a traceback, because only the controller writes to it.
"""

import resource
import sys
import traceback
from collections.abc import Iterable
from typing import Final, TextIO

from automl_operator.search import suggest
from automl_operator.search.line import from_line
from automl_operator.search.suggester import SuggestAnswer, SuggestRequest

ADDRESS_SPACE_BYTES: Final = 512 * 1024**2
"""Ten thousand trials over six learners take 195 MB. The chart gives the operator's pod 768 MiB; beyond that the
kernel ends all of its processes.
"""
MAX_WORDS: Final = 1000


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer every request in order. Raises pydantic.ValidationError for an invalid line."""
    for line in requests:
        answers.write(answer(from_line(line)).to_json() + "\n")
        answers.flush()


def answer(request: SuggestRequest) -> SuggestAnswer:
    """The suggestions, or the reason why there are none. One tenant's request must not end the search for all."""
    try:
        return suggest(request)
    except MemoryError:
        return SuggestAnswer(failure=f"it needs more than {ADDRESS_SPACE_BYTES // 1024**2} MiB of memory")
    except Exception as error:  # noqa: BLE001 - any error is the answer, and the controller logs it
        where = traceback.extract_tb(error.__traceback__)[-1]
        failure = f"{type(error).__name__}: {error} (line {where.lineno} of {where.filename})"
        return SuggestAnswer(failure=failure[:MAX_WORDS])


def limit_memory(most: int = ADDRESS_SPACE_BYTES) -> None:
    """Limit this process's memory, so that it fails alone. Systems without this limit are left as they are."""
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    limit_memory()
    serve(sys.stdin, sys.stdout)
