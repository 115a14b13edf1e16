"""What a suggester is asked and what it answers."""

from collections.abc import Iterator
from typing import Literal, Protocol

from automl_api.base import Model
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.trial import Configuration, Origin


class Observation(Model):
    """A trial as the search sees it.

    `loss` is to be minimised: the mean over `folds` finished folds, sign turned where the metric is maximised;
    None while nothing is finished and for an infeasible trial. A pending trial is at work or waiting for a slot.
    """

    index: int
    configuration: Configuration
    origin: Origin
    state: Literal["pending", "complete", "stopped", "infeasible"]
    loss: float | None = None
    folds: int = 0
    seconds: float = 0.0


class SuggestRequest(Model):
    """Everything that one call may look at. `next_index` numbers the first suggestion; the random generator of
    suggestion i is seeded by (`seed`, i) alone, so that a restart goes on where it was."""

    algorithm: Literal["bayesian", "random", "grid"]
    seed: int
    next_index: int
    count: int
    total_folds: int
    learners: tuple[LearnerPlan, ...]
    """Cheapest first; learners that were left out are not in it."""
    observations: tuple[Observation, ...] = ()


class Suggestion(Model):
    """A configuration to try next. `index` becomes the trial's number."""

    index: int
    configuration: Configuration
    origin: Origin


class SuggestAnswer(Model):
    """At most `count` suggestions, all distinct from each other and from every observation; `exhausted` says that
    the space holds no further one."""

    suggestions: tuple[Suggestion, ...] = ()
    exhausted: bool = False
    failure: str = ""
    """Why there is no answer to this request: the same request would fail again."""


class Suggester(Protocol):
    """A search algorithm. Asked only for free choices: defaults and portfolios come first (`search.suggest`)."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """Configurations for trial `index`, best first, of which the first new one is taken: they may repeat observed
        ones. Always finite; its end says that the algorithm finds nothing else."""
        ...
