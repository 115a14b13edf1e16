"""Hostile or broken plans: a new one fails `prepare` with a message, a stored one fails its experiment."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.resources import ExperimentStatus, PlanSpec
from automl_api.resources.experiment_status import WorkStatus
from automl_api.resources.plan import Artefact, DataWarning
from automl_api.resources.search_space import ActiveWhen, Parameter
from automl_operator.decisions.facts.plan_check import plan_fault
from automl_operator.decisions.state.actions import CreatePlan, StopRunner, Suggest, WriteExperimentStatus
from automl_operator.search import suggest
from automl_operator.search.suggester import SuggestRequest
from builders.decisions import a_broker_state, a_lease, a_pending_result, a_session, a_snapshot, decided, of
from builders.experiments import a_learner, a_plan, a_plan_spec, a_trial, an_experiment

PREPARING = ExperimentStatus(state="Preparing", prepare=WorkStatus(holder="r0", attempts=1))
WARNING = DataWarning(code="Leak", message="x" * 1024)
BROKEN: list[Any] = [
    pytest.param({"metric": "nonsense"}, "metric", id="an unknown metric"),
    pytest.param({"metric": "rmse"}, "metric", id="a metric of another task"),
    pytest.param(
        {"prepared": Artefact(path="../x", digest="sha256:" + "0" * 64)}, "no path", id="a path out of the store"
    ),
    pytest.param({"prepared": Artefact(path="prepared/1", digest="0")}, "no digest", id="no digest"),
    pytest.param({"learners": (a_learner(), a_learner())}, "twice", id="a learner twice"),
    pytest.param({"learners": (a_learner(seconds=1e300),)}, "time", id="an endless fit"),
    pytest.param({"learners": (a_learner(seconds=-1.0),)}, "time", id="a fit of negative seconds"),
    pytest.param({"learners": (a_learner(view_seconds={"plain": 1e300}),)}, "time", id="an endless view"),
    pytest.param({"finalize_seconds": 1e300}, "time", id="an endless finalize"),
    pytest.param({"rows": -1}, "count", id="rows below 0"),
    pytest.param({"learners": (a_learner(default={"x": 1}),)}, "does not have", id="an unknown parameter"),
    pytest.param(
        {"learners": tuple(a_learner(f"l{n}", portfolio=({"x": "y" * 256},) * 30) for n in range(40))},
        "larger",
        id="size",
    ),
]


def failed(actions: tuple[Any, ...]) -> tuple[str, str]:
    """The message with which an experiment has failed."""
    status = of(WriteExperimentStatus, actions)[-1].status
    assert status.state == "Failed"
    return next((c.reason, c.message) for c in status.conditions if c.type == "Failed")


@pytest.mark.parametrize(("changes", "words"), BROKEN)
def test_a_plan_that_breaks_the_bounds_is_a_failure_of_prepare(changes: dict[str, Any], words: str) -> None:
    pending = a_pending_result(a_lease(kind="prepare"), plan=a_plan_spec(**changes))
    actions = decided(a_snapshot(an_experiment(PREPARING)), a_broker_state(pending_results=(pending,)))
    assert not of(CreatePlan, actions)
    reason, message = failed(actions)
    assert reason == "PlanRefused"
    assert words in message


@pytest.mark.parametrize(("changes", "words"), BROKEN)
def test_a_stored_plan_that_breaks_the_bounds_fails_its_experiment(changes: dict[str, Any], words: str) -> None:
    searching = an_experiment(ExperimentStatus(state="Searching", prepare=WorkStatus(holder="r0", attempts=1)))
    snapshot = a_snapshot(searching, plan=a_plan(**changes), trials=(a_trial(0),))
    again = a_pending_result(a_lease(kind="prepare"), plan=a_plan_spec())
    for pending in ((), (again,)):
        actions = decided(snapshot, a_broker_state(a_session("r0"), pending_results=pending))
        reason, message = failed(actions)
        assert reason == "PlanRefused"
        assert words in message
        assert of(StopRunner, actions)
        assert not of(Suggest, actions)


def test_an_experiment_that_has_ended_keeps_its_ending_whatever_its_plan() -> None:
    ended = an_experiment(ExperimentStatus(state="Complete", observed_generation=1))
    assert decided(a_snapshot(ended, plan=a_plan(metric="nonsense"), runners=()), a_broker_state()) == ()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({"task": "regression"}, "regression was asked for", id="another task"),
        pytest.param({"objective": {"metric": "f1"}}, "f1 was asked for", id="another metric"),
    ],
)
def test_a_plan_must_match_the_spec(spec: dict[str, Any], words: str) -> None:
    asked = an_experiment().spec.to_dict() | spec
    assert words in plan_fault(a_plan_spec(), type(an_experiment().spec).read(asked))


VALUES = st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from("abc")
NUMBERS = st.integers(-5, 5) | st.floats(0, 2) | st.sampled_from([None, 1e300, 1e-300, 2.0**60])
NAMES = st.sampled_from([f"p{number}" for number in range(5)])
PARAMETERS = st.builds(
    Parameter,
    name=NAMES,
    type=st.sampled_from(["float", "int", "choice"]),
    low=NUMBERS,
    high=NUMBERS,
    log=st.booleans(),
    choices=st.lists(VALUES, max_size=6).map(tuple),
    active_when=st.none()
    | st.builds(ActiveWhen, parameter=NAMES, values=st.lists(VALUES, min_size=1, max_size=4).map(tuple)),
)
PLANS = st.builds(
    lambda spaces, views: a_plan_spec(
        learners=tuple(a_learner(f"l{n}", space=space, views=views) for n, space in enumerate(spaces))
    ),
    st.lists(
        st.lists(PARAMETERS, max_size=4, unique_by=lambda parameter: parameter.name).map(tuple), min_size=1, max_size=2
    ),
    st.sampled_from([("plain",), ("plain", "target_encoded")]),
)


@given(PLANS, st.sampled_from(["bayesian", "random", "grid"]))
def test_every_accepted_plan_can_be_searched(plan: PlanSpec, algorithm: Any) -> None:
    if plan_fault(plan, an_experiment().spec):
        return
    request = SuggestRequest(
        algorithm=algorithm, seed=0, next_index=0, count=6, total_folds=plan.folds, learners=plan.learners
    )
    answer = suggest(request)
    assert answer.suggestions
    assert len({suggestion.configuration.key for suggestion in answer.suggestions}) == len(answer.suggestions)
