"""Learners, observations and requests for tests of the search, fixed ones and generated ones."""

from typing import Any, Literal

from hypothesis import strategies as st

from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import ActiveWhen, Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search.suggester import Observation, Suggestion, SuggestRequest

Algorithm = Literal["bayesian", "random", "grid"]

RATE = Parameter(name="rate", type="float", low=0.001, high=1.0, log=True)
DEPTH = Parameter(name="depth", type="int", low=1, high=12)
BOOTSTRAP = Parameter(name="bootstrap", type="choice", choices=(True, False))
SHARE = Parameter(
    name="share", type="float", low=0.5, high=1.0, active_when=ActiveWhen(parameter="bootstrap", values=(True,))
)


def a_tunable_learner(name: str = "forest", *space: Parameter, **changes: Any) -> LearnerPlan:
    """A learner with the given space; by default one with a conditional parameter."""
    if space:
        return LearnerPlan(name=name, space=space, **changes)
    default = {"rate": 0.1, "depth": 6, "bootstrap": False}
    return LearnerPlan(**{"name": name, "space": (RATE, DEPTH, BOOTSTRAP, SHARE), "default": default, **changes})


def a_request(*learners: LearnerPlan, algorithm: Algorithm = "random", **changes: Any) -> SuggestRequest:
    """A request for one suggestion; its index follows the observations."""
    observations = changes.get("observations", ())
    defaults: dict[str, Any] = {"seed": 0, "count": 1, "total_folds": 4, "next_index": len(observations), **changes}
    return SuggestRequest(algorithm=algorithm, learners=learners or (a_tunable_learner(),), **defaults)


def seen(index: int, loss: float | None = None, learner: str = "forest", **parameters: Any) -> Observation:
    """The observation of a complete trial of four folds with this loss; without a loss, of a pending trial."""
    return Observation(
        index=index,
        configuration=Configuration(learner=learner, parameters=parameters),
        origin="search",
        state="pending" if loss is None else "complete",
        loss=loss,
        folds=0 if loss is None else 4,
    )


def observed(suggestion: Suggestion, loss: float | None = None, **changes: Any) -> Observation:
    """The later observation of a suggestion: complete with its loss, or pending."""
    parameters = suggestion.configuration.parameters
    return seen(suggestion.index, loss, suggestion.configuration.learner, **parameters).replace(
        configuration=suggestion.configuration, **changes
    )


@st.composite
def parameters(draw: st.DrawFn, name: str, earlier: Parameter | None = None) -> Parameter:
    """A number or a choice; after an earlier choice, it may be active only for the first value of that."""
    condition = None
    if earlier is not None and earlier.type == "choice" and draw(st.booleans()):
        condition = ActiveWhen(parameter=earlier.name, values=(earlier.choices[0],))
    kinds: list[Literal["float", "int", "choice"]] = ["float", "int", "choice"]
    kind = draw(st.sampled_from(kinds))
    if kind == "choice":
        choices = draw(st.sampled_from([(True, False), ("a", "b", "c"), (1, 1.5, "off"), ("only",)]))
        return Parameter(name=name, type="choice", choices=choices, active_when=condition)
    low, high = sorted([draw(st.integers(1, 40)), draw(st.integers(1, 40))])
    scale = 1.0 if kind == "int" else draw(st.sampled_from([1.0, 1e-6, 1 / 3]))
    log = draw(st.booleans())
    return Parameter(name=name, type=kind, low=low * scale, high=high * scale, log=log, active_when=condition)


@st.composite
def learners(draw: st.DrawFn, name: str = "generated") -> LearnerPlan:
    """A learner with up to five parameters, some of them conditional, and up to two views."""
    space: list[Parameter] = []
    for number in range(draw(st.integers(0, 5))):
        space.append(draw(parameters(f"p{number}", space[-1] if space else None)))
    views = draw(st.sampled_from([("plain",), ("plain", "target_encoded")]))
    return LearnerPlan(name=name, views=views, space=tuple(space))
