"""Contract of every search algorithm: one subclass for each."""

from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search import suggest
from automl_operator.search.space import canonical, is_active, same
from automl_operator.search.suggester import Observation, SuggestAnswer, Suggestion
from builders.search import BOOTSTRAP, DEPTH, SHARE, Algorithm, a_request, a_tunable_learner, learners, observed, seen

INHERITED = [HealthCheck.differing_executors, HealthCheck.too_slow]
"""Allows several subclasses to run the same property, which hypothesis otherwise reports as a mistake."""


def is_inside(parameter: Parameter, value: Scalar) -> bool:
    """True if a value has the parameter's type and lies within its bounds."""
    if parameter.type == "choice":
        return any(same(value, choice) for choice in parameter.choices)
    assert parameter.low is not None
    assert parameter.high is not None
    return (
        type(value) is {"int": int, "float": float}[parameter.type] and parameter.low <= float(value) <= parameter.high
    )


def assert_valid(configuration: Configuration, learner: LearnerPlan) -> None:
    """Check that all active parameters are there and within their bounds, and that there are no others."""
    values = configuration.parameters
    assert configuration.view in learner.views
    assert set(values) == {parameter.name for parameter in learner.space if is_active(parameter, values)}
    assert all(is_inside(parameter, values[parameter.name]) for parameter in learner.space if parameter.name in values)


class SuggesterContract:
    """Subclasses set the algorithm's name."""

    algorithm: ClassVar[Algorithm]

    def ask(self, *learners: LearnerPlan, **changes: object) -> SuggestAnswer:
        return suggest(a_request(*learners, algorithm=self.algorithm, **changes))

    @settings(max_examples=25, suppress_health_check=INHERITED)
    @given(learner=learners(), seed=st.integers(0, 2**40))
    def test_suggestions_are_distinct_and_inside_the_space(self, learner: LearnerPlan, seed: int) -> None:
        answer = self.ask(learner, seed=seed, count=8, next_index=3)
        suggestions = answer.suggestions
        configurations = [suggestion.configuration for suggestion in suggestions if suggestion.origin == "search"]
        for configuration in configurations:
            assert_valid(configuration, learner)
        assert len({canonical(each.configuration, learner).key for each in suggestions}) == len(suggestions)
        assert [suggestion.index for suggestion in suggestions] == list(range(3, 3 + len(suggestions)))
        assert answer.exhausted == (len(suggestions) < 8)

    @settings(max_examples=10, suppress_health_check=INHERITED)
    @given(learner=learners(), losses=st.lists(st.none() | st.floats(-1e6, 1e6), min_size=5, max_size=5))
    def test_nothing_is_proposed_twice_over_a_whole_history(
        self, learner: LearnerPlan, losses: list[float | None]
    ) -> None:
        history: list[Observation] = []
        for loss in losses:
            answer = self.ask(learner, observations=tuple(history), count=2)
            history += [observed(suggestion, loss) for suggestion in answer.suggestions]
        keys = [observation.configuration.key for observation in history]
        assert len(set(keys)) == len(keys)

    def test_the_same_request_has_the_same_answer(self) -> None:
        history = tuple(seen(i, loss=1.0 / (i + 1), rate=0.01 * (i + 1), depth=i + 1) for i in range(6))
        request = {"observations": history, "count": 3, "seed": 7}
        assert self.ask(**request) == self.ask(**request)

    def test_a_batch_equals_single_requests_one_after_the_other(self) -> None:
        history = tuple(seen(i, loss=1.0 / (i + 1), rate=0.01 * (i + 1), depth=i + 1) for i in range(6))
        batch = self.ask(observations=history, count=4).suggestions
        single: list[Suggestion] = []
        for _ in range(4):
            single += self.ask(observations=history).suggestions
            history = (*history, observed(single[-1]))
        assert list(batch) == single

    def test_a_batch_of_sixteen_has_sixteen_different_configurations(self) -> None:
        batch = self.ask(count=16).suggestions
        assert len({suggestion.configuration.key for suggestion in batch}) == 16

    def test_a_tiny_space_is_used_up_completely_and_then_exhausted(self) -> None:
        learner = a_tunable_learner(
            "tiny", DEPTH, BOOTSTRAP, default={"depth": 1, "bootstrap": True}, views=("plain", "other")
        )
        answer = self.ask(learner, count=100)
        assert len(answer.suggestions) == 12 * 2 * 2
        assert answer.exhausted

    def test_a_space_used_up_by_pending_trials_is_exhausted(self) -> None:
        learner = a_tunable_learner("tiny", BOOTSTRAP, default={"bootstrap": True})
        pending = (seen(0, learner="tiny", bootstrap=True), seen(1, learner="tiny", bootstrap=False))
        assert self.ask(learner, observations=pending) == SuggestAnswer(exhausted=True)

    def test_a_configuration_that_differs_only_in_inactive_parameters_is_not_new(self) -> None:
        learner = a_tunable_learner(
            "tiny", BOOTSTRAP, SHARE.replace(low=0.5, high=0.5), default={"bootstrap": False, "share": 0.5}
        )
        answer = self.ask(learner, count=5)
        assert [suggestion.configuration.parameters for suggestion in answer.suggestions] == [
            {"bootstrap": False},
            {"bootstrap": True, "share": 0.5},
        ]

    def test_a_trial_of_an_excluded_learner_is_ignored(self) -> None:
        answer = self.ask(observations=(seen(0, loss=0.5, learner="gone", anything="x"),), count=3)
        assert {suggestion.configuration.learner for suggestion in answer.suggestions} == {"forest"}

    def test_without_learners_it_is_exhausted(self) -> None:
        request = a_request(algorithm=self.algorithm).replace(learners=())
        assert suggest(request).exhausted

    def test_infeasible_and_stopped_trials_and_nan_losses_do_not_break_the_search(self) -> None:
        states = ["infeasible", "stopped", "complete", "pending"]
        history = tuple(
            seen(i, loss=loss, rate=0.1 * (i + 1), depth=3).replace(state=state, folds=folds)
            for i, (state, loss, folds) in enumerate(
                [(state, loss, folds) for state in states for loss, folds in [(None, 0), (0.3, 2), (float("nan"), 1)]]
            )
        )
        assert len(self.ask(observations=history, count=4).suggestions) == 4
