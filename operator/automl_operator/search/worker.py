"""`python -m automl_operator.search.worker`: the search in a process of its own, off the controller's event loop.

One SuggestRequest as JSON a line on standard input, one SuggestAnswer a line on standard output, until the input
ends. Nothing is remembered from one line to the next. A line that is no request ends the process with a traceback:
only the controller writes to it.
"""

import sys
from collections.abc import Iterable
from typing import TextIO

from automl_operator.search import suggest
from automl_operator.search.suggester import SuggestRequest


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer every request in order; raises pydantic.ValidationError for a line that is none."""
    for line in requests:
        answers.write(suggest(SuggestRequest.read_json(line)).to_json() + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
