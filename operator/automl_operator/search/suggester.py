"""The interface of search algorithms: the request and its answer."""

from collections.abc import Iterator
from typing import Literal, Protocol

from automl_api.base import Model
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.trial import Configuration, Origin


class Observation(Model):
    """A trial as the search sees it.

    `loss` is to be minimised: the mean over `folds` finished folds, with its sign turned where the metric is maximised.
    It is None without a finished fold and for an infeasible trial. A pending trial is at work or waits for a slot.
    """

    index: int
    configuration: Configuration
    origin: Origin
    state: Literal["pending", "complete", "stopped", "infeasible"]
    loss: float | None = None
    folds: int = 0
    seconds: float = 0.0


class SuggestRequest(Model):
    """All the input of one call. `next_index` numbers the first suggestion.

    The random generator of suggestion i is seeded by (`seed`, i) alone, so that a restart changes no suggestion.
    """

    algorithm: Literal["bayesian", "random", "grid"]
    seed: int
    next_index: int
    count: int
    total_folds: int
    learners: tuple[LearnerPlan, ...]
    """Cheapest first, without learners that are left out."""
    observations: tuple[Observation, ...] = ()


class Suggestion(Model):
    """A configuration to try next. `index` becomes the trial's number."""

    index: int
    configuration: Configuration
    origin: Origin


class SuggestAnswer(Model):
    """At most `count` suggestions, distinct from each other and from every observation.

    `exhausted` is True when the space holds no further one.
    """

    suggestions: tuple[Suggestion, ...] = ()
    exhausted: bool = False
    failure: str = ""
    """The reason why the search failed on this request; the same request would fail again."""


class Suggester(Protocol):
    """A search algorithm. It makes only free choices: defaults and portfolios come first (`search.suggest`)."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """Candidates for trial `index`, best first; the caller takes the first new one. They may repeat observed ones.

        The iterator is finite: after the last candidate the algorithm finds no other.
        """
        ...
