"""Random search: every free choice is drawn from the prior. What the other algorithms have to beat."""

from collections.abc import Iterator

from automl_api.resources.trial import Configuration
from automl_operator.search.grid_search import GridSearch
from automl_operator.search.space import draw_configuration, seeded
from automl_operator.search.suggester import SuggestRequest

DRAWS = 200
"""Draws for one choice; when none of them is new, the space is nearly used up and what is left is looked up."""


class RandomSearch:
    """Learners with equal chances, parameters uniform on their scales; at the end what is left of the lattice."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:
        """`DRAWS` draws, then the lattice, which holds all of a small finite space."""
        generator = seeded(request.seed, index)
        for _ in range(DRAWS):
            yield draw_configuration(generator.choice(request.learners), generator)
        yield from GridSearch().candidates(request, index)
