"""The cache of the search between two requests saves time and changes no answer."""

import io
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_api.resources.plan import LearnerPlan
from automl_operator.search import suggest
from automl_operator.search.line import from_line, to_line
from automl_operator.search.memo import SearchMemo
from automl_operator.search.ready_trials import study_of
from automl_operator.search.replay import Replay, rank
from automl_operator.search.space import seeded
from automl_operator.search.suggester import Observation, SuggestAnswer, SuggestRequest
from automl_operator.search.tpe import GOOD, OTHERS, in_view, proposals
from automl_operator.search.worker import serve
from builders.search import a_request, a_tunable_learner, learners, observed, seen

OUTCOMES = st.lists(
    st.tuples(
        st.sampled_from(["complete", "complete", "stopped", "infeasible", "pending"]),
        st.floats(-10, 10) | st.just(float("nan")),
        st.integers(1, 4),
    ),
    min_size=2,
    max_size=6,
)


def fresh(request: SuggestRequest) -> SuggestAnswer:
    """The answer without any cached objects."""
    return suggest(SuggestRequest.read_json(request.to_json()))


@settings(max_examples=15, deadline=None)
@given(learners=st.lists(learners(), min_size=1, max_size=2), outcomes=OUTCOMES, seed=st.integers(0, 3))
def test_a_worker_with_a_history_answers_like_a_fresh_one(
    learners: list[LearnerPlan], outcomes: list[tuple[str, float, int]], seed: int
) -> None:
    plans = [learner.replace(name=f"learner{number}") for number, learner in enumerate(learners)]
    requests, expected, history = [], [], tuple[Observation, ...]()
    for state, loss, folds in outcomes:
        request = a_request(*plans, algorithm="bayesian", seed=seed, observations=history, count=2)
        answer = fresh(request)
        requests.append(to_line(request))
        expected.append(answer.to_json())
        if not answer.suggestions:
            break
        made = [observed(suggestion, loss, state=state, folds=folds) for suggestion in answer.suggestions]
        waiting = [observation.replace(state="pending", loss=None, folds=0) for observation in made]
        request = request.replace(observations=(*history, *waiting), next_index=len(history) + len(made))
        requests.append(to_line(request))
        expected.append(fresh(request).to_json())
        history = (*history, *made)
    answers = io.StringIO()
    serve(requests, answers)
    assert answers.getvalue().splitlines() == expected


def test_a_changed_trial_is_not_taken_from_the_cache() -> None:
    history = [
        seen(i, loss=abs(i - 12) / 10, rate=0.04 * (i + 1), depth=1 + i % 12, bootstrap=False) for i in range(20)
    ]
    before = a_request(algorithm="bayesian", observations=tuple(history), next_index=50, count=4)
    after = before.replace(
        observations=tuple(observation.replace(loss=-(observation.loss or 0.0)) for observation in history)
    )
    first = suggest(before)
    assert suggest(after) == fresh(after) != first
    assert suggest(before) == first


def test_our_ready_trials_equal_those_of_an_optuna_study() -> None:
    learner = a_tunable_learner()
    replay = Replay(learner, seed=0, total_folds=4)
    observations = [
        seen(
            i, loss=(i * 7 % 11) / 10, rate=0.04 * (i + 1), depth=1 + i % 12, bootstrap=bool(i % 2), share=0.5 + i / 50
        )
        for i in range(20)
    ]
    observations[3] = observations[3].replace(state="stopped", folds=2)
    observations[5] = observations[5].replace(state="infeasible", loss=None)
    trials = [replay.trial(observation) for observation in observations]
    settings: dict[str, Any] = {"n_startup_trials": 1, "multivariate": True, "constant_liar": True}
    for seed in range(5):
        theirs = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **settings))
        theirs.add_trials(
            optuna.trial.create_trial(
                state=one.state,
                value=one.value,
                params=one.params,
                distributions=replay.dimensions,
                intermediate_values=one.intermediate_values,
            )
            for one in trials
        )
        sampler = optuna.samplers.TPESampler(seed=seed, **settings)
        ours = sampler.sample_relative(study_of(trials), replay.at_work(20, {}), replay.dimensions)
        assert ours == theirs.ask(replay.dimensions).params


def test_each_proposal_avoids_those_before_it() -> None:
    history = tuple(seen(i, loss=abs(i - 12) / 10, rate=0.04 * (i + 1), depth=1, bootstrap=False) for i in range(20))
    found = proposals(a_tunable_learner(), a_request(algorithm="bayesian", observations=history), 50)
    keys = [next(found).key for _ in range(10)]
    assert len(set(keys)) == 10


def test_without_an_observation_of_the_learner_there_is_no_proposal() -> None:
    pending = (seen(0, rate=0.1, depth=6, bootstrap=False), seen(1, loss=0.3, learner="other", x=1.0))
    assert not list(proposals(a_tunable_learner(), a_request(algorithm="bayesian", observations=pending), 2))


@pytest.mark.parametrize("number", [0, 1, GOOD + OTHERS])
def test_a_few_hundred_trials_all_count(number: int) -> None:
    observations = [seen(i, loss=float(i)) for i in range(number)]
    assert in_view(observations, 4) == observations


def test_of_many_trials_only_the_best_and_the_newest_count_in_their_order() -> None:
    losses = list(range(600))
    seeded(0, 0).shuffle(losses)
    observations = [seen(i, loss=float(loss)) for i, loss in enumerate(losses)]
    kept = in_view(observations, 4)
    best = sorted(observations, key=lambda observation: rank(observation, 4) or (0, 0.0))[:GOOD]
    others = [observation for observation in observations if observation not in best]
    assert kept == sorted((*best, *others[-OTHERS:]), key=lambda observation: observation.index)


def test_pending_and_infeasible_trials_never_count_among_the_best() -> None:
    silent = [seen(i) for i in range(GOOD + OTHERS)]
    good = [seen(1000 + i, loss=0.5) for i in range(GOOD)]
    assert in_view([*good, *silent, seen(5000)], 4) == [*good, *silent[GOOD + 1 :], seen(5000)]


def test_a_request_survives_the_line_format_whatever_its_texts_hold() -> None:
    history = (seen(0, loss=0.5, text="a\tb\nc", on=True, one=1), seen(1, text='"', value=1e-300))
    request = a_request(observations=history, count=3)
    line = to_line(request)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert from_line(line) == from_line(to_line(request)) == request
    assert from_line(line).observations[0].configuration.parameters["on"] is True


def test_equal_observations_of_different_types_stay_apart() -> None:
    flag, number = (seen(0, loss=0.5, learner="other", x=value) for value in (True, 1))
    assert flag == number
    texts = [to_line(a_request(observations=(observation,))) for observation in (flag, number, flag)]
    assert texts[0] == texts[2] != texts[1]


def test_a_memo_computes_each_value_once_up_to_its_size() -> None:
    made: list[str] = []

    def make(part: str) -> str:
        made.append(part)
        return part.upper()

    memo = SearchMemo(make, size=2)
    a, b, c = "ab", "bc", "cd"
    assert [memo(a), memo(b), memo(a)] == ["AB", "BC", "AB"]
    assert made == [a, b]
    assert [memo(c), memo(a)] == ["CD", "AB"]
    assert made == [a, b, c, a]
