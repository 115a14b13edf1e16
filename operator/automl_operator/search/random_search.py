"""Random search: every choice is drawn from the prior. It is the baseline for the other algorithms."""

from collections.abc import Iterator

from automl_api.resources.trial import Configuration
from automl_operator.search.grid_search import GridSearch
from automl_operator.search.space import draw_configuration, seeded
from automl_operator.search.suggester import SuggestRequest

DRAWS = 200
"""The most draws for one choice. If none is new, the space is nearly used up, and the lattice follows."""


class RandomSearch:
    """Learners with equal chances, parameters uniform on their scales, and at last the rest of the lattice."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """`DRAWS` draws, then the lattice, which holds all of a small finite space."""
        generator = seeded(request.seed, index)
        for _ in range(DRAWS):
            yield draw_configuration(generator.choice(request.learners), generator)
        yield from GridSearch().candidates(request, index)
