"""How a request goes to the worker: one line, JSON texts with tabs between them, the observations last.

Every request repeats all observations, and nearly all of them have come before. Their texts are the same then, so
that neither side works them out anew, and yet each line says everything: a worker that was started again needs no more.
"""

from functools import lru_cache

from automl_operator.search.memo import SIZE, Memo
from automl_operator.search.suggester import Observation, SuggestRequest

SEPARATOR = "\t"
"""JSON writes a tab within a text in another way."""

_text: Memo[Observation, str] = Memo(Observation.to_json)


def to_line(request: SuggestRequest) -> str:
    """The request as a line, its end included."""
    head = request.replace(observations=()).to_json()
    return SEPARATOR.join((head, *map(_text, request.observations))) + "\n"


def from_line(line: str) -> SuggestRequest:
    """The request of a line; raises pydantic.ValidationError where it is none."""
    head, *observations = line.split(SEPARATOR)
    return SuggestRequest.read_json(head).replace(observations=tuple(map(_observation, observations)))


@lru_cache(maxsize=SIZE)
def _observation(text: str) -> Observation:
    return Observation.read_json(text)
