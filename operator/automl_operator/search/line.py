"""The format of a request to the worker: one line of JSON texts separated by tabs, the observations last.

Every request repeats all observations, and nearly all of them were in earlier requests with the same text. So each
side can cache their conversion. Still, each line is complete: a restarted worker needs no earlier line.
"""

from functools import lru_cache

from automl_operator.search.memo import SIZE, SearchMemo
from automl_operator.search.suggester import Observation, SuggestRequest

SEPARATOR = "\t"
"""JSON escapes a tab within a text."""

_text: SearchMemo[Observation, str] = SearchMemo(Observation.to_json)


def to_line(request: SuggestRequest) -> str:
    """The request as a line, with its line end."""
    head = request.replace(observations=()).to_json()
    return SEPARATOR.join((head, *map(_text, request.observations))) + "\n"


def from_line(line: str) -> SuggestRequest:
    """The request of a line. Raises pydantic.ValidationError for an invalid line."""
    head, *observations = line.split(SEPARATOR)
    return SuggestRequest.read_json(head).replace(observations=tuple(map(_observation, observations)))


@lru_cache(maxsize=SIZE)
def _observation(text: str) -> Observation:
    return Observation.read_json(text)
