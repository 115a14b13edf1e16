"""`python -m automl_operator.search.worker`: the search in a process of its own, off the controller's event loop.

One SuggestRequest a line on standard input (`line`), one SuggestAnswer as JSON a line on standard output, until the
input ends. No answer depends on an earlier line; what is remembered only saves time. A line that is no request ends
the process with a traceback: only the controller writes to it.
"""

import sys
from collections.abc import Iterable
from typing import TextIO

from automl_operator.search import suggest
from automl_operator.search.line import from_line


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer every request in order; raises pydantic.ValidationError for a line that is none."""
    for line in requests:
        answers.write(suggest(from_line(line)).to_json() + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
