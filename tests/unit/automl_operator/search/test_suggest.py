"""The order of suggestions: defaults, portfolios, free choices."""

import pytest

from automl_api.base import Scalar
from automl_operator.search import suggest
from automl_operator.search.suggester import SuggestRequest
from builders.search import DEPTH, RATE, a_request, a_tunable_learner, observed, seen

LINEAR = a_tunable_learner("linear", RATE, default={"rate": 0.5}, portfolio=({"rate": 0.01}, {"rate": 0.02}))
BOOSTING = a_tunable_learner("boosting", DEPTH, default={"depth": 6}, portfolio=({"depth": 3},))


def choices(request: SuggestRequest) -> list[tuple[str, str, dict[str, Scalar]]]:
    return [
        (suggestion.origin, suggestion.configuration.learner, suggestion.configuration.parameters)
        for suggestion in suggest(request).suggestions
    ]


def test_defaults_come_first_then_portfolios_in_turns_then_the_search() -> None:
    proposed = choices(a_request(LINEAR, BOOSTING, count=6))
    assert proposed[:5] == [
        ("default", "linear", {"rate": 0.5}),
        ("default", "boosting", {"depth": 6}),
        ("portfolio", "linear", {"rate": 0.01}),
        ("portfolio", "boosting", {"depth": 3}),
        ("portfolio", "linear", {"rate": 0.02}),
    ]
    assert proposed[5][0] == "search"


def test_the_default_in_an_early_view_comes_before_the_portfolio() -> None:
    boosting = BOOSTING.replace(
        views=("plain", "target_encoding", "generated_features"), early_views=("generated_features",)
    )
    proposed = suggest(a_request(LINEAR, boosting, count=5)).suggestions
    assert [(one.origin, one.configuration.learner, one.configuration.view) for one in proposed] == [
        ("default", "linear", "plain"),
        ("default", "boosting", "plain"),
        ("portfolio", "linear", "plain"),
        ("portfolio", "boosting", "generated_features"),
        ("portfolio", "linear", "plain"),
    ]
    assert proposed[3].configuration.parameters == BOOSTING.default


def test_a_default_whose_turn_was_missed_is_suggested_later() -> None:
    history = (seen(0, learner="boosting", depth=6), seen(1, loss=1.0, learner="linear", rate=0.01))
    assert choices(a_request(LINEAR, BOOSTING, observations=history, count=2)) == [
        ("default", "linear", {"rate": 0.5}),
        ("portfolio", "boosting", {"depth": 3}),
    ]


def test_a_portfolio_entry_that_equals_the_default_is_left_out() -> None:
    learner = LINEAR.replace(portfolio=({"rate": 0.5000000001},))
    assert [origin for origin, *_ in choices(a_request(learner, count=2))] == ["default", "search"]


def test_an_int_that_was_stored_as_a_float_and_a_float_stored_as_an_int_are_recognised() -> None:
    learner = a_tunable_learner("both", DEPTH, RATE, default={"depth": 6, "rate": 1.0})
    stored = (seen(0, loss=1.0, learner="both", depth=6.0, rate=1),)
    assert [origin for origin, *_ in choices(a_request(learner, observations=stored))] == ["search"]


def test_the_default_uses_the_first_view() -> None:
    learner = LINEAR.replace(views=("encoded", "plain"))
    assert suggest(a_request(learner)).suggestions[0].configuration.view == "encoded"


def test_the_free_choice_depends_on_the_seed_and_the_index_only() -> None:
    first, second = suggest(a_request(LINEAR, count=5)).suggestions[3:]
    assert suggest(a_request(LINEAR, count=4, next_index=0)).suggestions[3] == first
    assert first.configuration != second.configuration
    assert suggest(a_request(LINEAR, seed=1, count=4)).suggestions[3].configuration != first.configuration


@pytest.mark.parametrize("algorithm", ["random", "bayesian"])
def test_the_number_of_a_suggestion_seeds_it(algorithm: str) -> None:
    start = tuple(observed(suggestion, 0.5) for suggestion in suggest(a_request(BOOSTING, LINEAR, count=5)).suggestions)
    asked = a_request(BOOSTING, LINEAR, observations=start).replace(algorithm=algorithm)
    drawn = {suggest(asked.replace(next_index=index)).suggestions[0].configuration.key for index in range(5, 15)}
    assert len(drawn) > 3
