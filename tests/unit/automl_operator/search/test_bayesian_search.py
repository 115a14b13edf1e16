"""Bayesian search: what it learns from trials, and what it must not learn."""

import subprocess
import sys
from collections import Counter

import pytest

from automl_api.resources.search_space import Parameter
from automl_operator.search import suggest
from automl_operator.search.bayesian_search import choose_learner
from automl_operator.search.replay import rank
from automl_operator.search.space import seeded
from automl_operator.search.suggester import Observation
from builders.search import Algorithm, a_request, a_tunable_learner, observed, seen

X = Parameter(name="x", type="float", low=0.0, high=1.0)
LINE = a_tunable_learner("line", X, default={"x": 0.5})


def proposed(*history: Observation, count: int = 40) -> list[float]:
    """The first choice of many indices, all for the same history."""
    asked = a_request(LINE, algorithm="bayesian", observations=history)
    answers = [suggest(asked.replace(next_index=index)) for index in range(100, 100 + count)]
    return [float(answer.suggestions[0].configuration.parameters["x"]) for answer in answers]


def near(place: float, found: list[float]) -> int:
    return sum(abs(x - place) < 0.1 for x in found)


def history_with_its_best_at(place: float, count: int = 20) -> tuple[Observation, ...]:
    default = seen(0, loss=abs(0.5 - place), learner="line", x=0.5)
    places = [i / count for i in range(count) if i / count != 0.5]
    return (default, *(seen(i, loss=abs(x - place), learner="line", x=x) for i, x in enumerate(places, 1)))


def test_it_proposes_configurations_with_low_losses_nearby() -> None:
    assert near(0.8, proposed(*history_with_its_best_at(0.8))) > 25
    assert near(0.2, proposed(*history_with_its_best_at(0.2))) > 25


def test_it_finds_the_bottom_of_a_bowl_better_than_random_search() -> None:
    space = tuple(X.replace(name=name) for name in "abcd")
    learner = a_tunable_learner("bowl", *space, default=dict.fromkeys("abcd", 1.0))

    def best(algorithm: Algorithm, seed: int) -> float:
        history: tuple[Observation, ...] = ()
        for _ in range(40):
            (one,) = suggest(a_request(learner, algorithm=algorithm, seed=seed, observations=history)).suggestions
            loss = sum((float(value) - 0.3) ** 2 for value in one.configuration.parameters.values())
            history = (*history, observed(one, loss))
        return min(observation.loss for observation in history if observation.loss is not None)

    bayesian, random = sum(best("bayesian", seed) for seed in range(3)), sum(best("random", seed) for seed in range(3))
    assert bayesian < 0.5 * random


@pytest.mark.parametrize("state", ["pending", "infeasible"])
def test_it_keeps_away_from_pending_and_infeasible_trials(state: str) -> None:
    history = history_with_its_best_at(0.8)
    crowd = [seen(100 + i, learner="line", x=0.79 + i / 1000).replace(state=state) for i in range(20)]
    assert near(0.8, proposed(*history, *crowd)) < near(0.8, proposed(*history)) - 10


def test_infeasible_trials_alone_attract_no_proposals() -> None:
    default = seen(0, learner="line", x=0.5).replace(state="infeasible")
    crowd = [seen(1 + i, learner="line", x=0.45 + i / 100).replace(state="infeasible") for i in range(4)]
    assert near(0.5, proposed(default, *crowd)) < 20


def test_a_stopped_trial_never_counts_as_better_than_a_complete_one() -> None:
    complete = seen(0, loss=0.5, learner="line", x=0.1)
    early, late = (complete.replace(state="stopped", loss=0.1, folds=folds) for folds in (1, 3))
    assert sorted([early, complete, late], key=lambda observation: rank(observation, 4) or (0, 0.0)) == [
        complete,
        late,
        early,
    ]


@pytest.mark.parametrize(
    "silent",
    [
        seen(0),
        seen(0, loss=0.1).replace(state="infeasible"),
        seen(0, loss=float("inf")),
        seen(0, loss=float("nan")),
        seen(0, loss=0.1).replace(state="stopped", folds=0),
    ],
)
def test_a_trial_without_a_comparable_loss_has_no_rank(silent: Observation) -> None:
    assert rank(silent, 4) is None


def test_the_learner_of_the_good_trials_is_chosen_most_and_the_others_sometimes() -> None:
    learners = [a_tunable_learner(name, X) for name in ("good", "poor", "untried")]
    history = [seen(i, loss=0.1, learner="good", x=i / 100) for i in range(10)]
    history += [seen(10 + i, loss=0.9, learner="poor", x=i / 100) for i in range(10)]
    request = a_request(*learners, algorithm="bayesian", observations=tuple(history))
    chosen = Counter(choose_learner(request, seeded(0, index)).name for index in range(400))
    assert chosen["good"] > 200
    assert min(chosen["poor"], chosen["untried"]) > 20


def test_a_thousand_observations_are_handled() -> None:
    history = history_with_its_best_at(0.8, count=1000)
    assert near(0.8, proposed(*history, count=1)) == 1


def test_optuna_is_imported_only_when_needed_and_logs_nothing() -> None:
    program = (
        "import sys\n"
        "from builders.search import a_tunable_learner, a_request, seen\n"
        "from automl_operator.search import suggest\n"
        "assert 'optuna' not in sys.modules\n"
        "history = (seen(0, 0.5, rate=0.1, depth=6, bootstrap=False), seen(1, 0.4, rate=0.2, depth=3, bootstrap=True))\n"
        "assert suggest(a_request(algorithm='bayesian', observations=history)).suggestions[0].origin == 'search'\n"
        "assert 'optuna' in sys.modules\n"
    )
    path = [entry for entry in sys.path if entry]
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
