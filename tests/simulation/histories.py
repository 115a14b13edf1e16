"""Hostile histories for hypothesis: events that can happen to an experiment, in any order and at any moment."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from automl_api.resources.plan import Needs
from automl_api.resources.trial import FailureClass
from automl_operator.decisions.state.snapshot import Ending
from builders.decisions import a_failure, a_pool
from builders.experiments import a_learner, a_plan_spec, an_experiment
from simulation.denials import CREATES
from simulation.harness import Simulation
from simulation.runners import RunnerScript

CLASSES: tuple[FailureClass, ...] = ("infrastructure", "resources", "configuration", "program")


@dataclass(frozen=True)
class Event:
    """Something that happens after a delay; a failing example prints its name."""

    after: float
    name: str
    do: Callable[[Simulation], None]

    def __repr__(self) -> str:
        return f"{self.after:g} s later: {self.name}"


def _event(name: str, do: Callable[[Simulation], None]) -> st.SearchStrategy[Event]:
    delays = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 3.0, 31.0]), st.floats(0, 40))
    return delays.map(lambda after: Event(after, name, do))


def _crash_in(steps: int) -> Callable[[Simulation], None]:
    def arm(harness: Simulation) -> None:
        harness.crash_in = steps

    return arm


EVENTS = st.one_of(
    _event("the operator restarts", lambda harness: harness.restart()),
    _event("a result is repeated", lambda harness: harness.repeat_result()),
    _event("an event is repeated", lambda harness: harness.reconcile()),
    st.integers(0, 8).flatmap(lambda n: _event(f"the operator dies at action {n}", _crash_in(n))),
    st.tuples(st.sampled_from([*CLASSES, None]), st.integers(0, 3)).flatmap(
        lambda lost: _event(
            f"runner {lost[1]} is lost: {lost[0]}",
            lambda harness: harness.lose_runner(Ending(lost[0], "Lost", "its last words"), lost[1]),
        )
    ),
    st.tuples(st.floats(1, 90), st.integers(0, 3)).flatmap(
        lambda gap: _event(f"runner {gap[1]} is silent for {gap[0]:g} s", lambda harness: harness.silence(*gap))
    ),
    st.integers(1, 6).flatmap(lambda n: _event(f"parallelism: {n}", lambda harness: harness.edit(parallelism=n))),
    st.integers(1, 12).flatmap(lambda n: _event(f"trials: {n}", lambda harness: harness.edit(trials=n))),
    st.sampled_from(["20s", "1m", "3m"]).flatmap(lambda t: _event(f"time: {t}", lambda harness: harness.edit(time=t))),
    st.tuples(st.sampled_from(sorted(CREATES, key=str)), st.floats(1, 90), st.booleans()).flatmap(
        lambda denial: _event(
            f"{denial[0].__name__} is {'refused' if denial[2] else 'not done'} for {denial[1]:g} s",
            lambda harness: harness.deny(*denial),
        )
    ),
    st.floats(1, 90).flatmap(
        lambda gap: _event(f"runners get no pods for {gap:g} s", lambda harness: harness.refuse_pods(gap))
    ),
    _event("suspend", lambda harness: harness.edit(suspend=True)),
    _event("go on", lambda harness: harness.edit(suspend=False)),
)
STOP = _event("stop", lambda harness: harness.edit(stop=True))


@st.composite
def simulations(draw: st.DrawFn, failing: bool = True) -> Simulation:
    """A simulation before its first event."""
    seconds = draw(st.sampled_from([0.2, 0.9, 2.0, 7.0, 30.0]))
    predicted = seconds * draw(st.sampled_from([0.2, 1.0, 3.0]))
    needs = Needs(accelerator="gpu") if draw(st.booleans()) else Needs()
    learners = tuple(a_learner(name, predicted) for name in draw(st.sampled_from(["a", "ab", "abc"])))
    learners = (*learners[:-1], learners[-1].replace(needs=needs))
    plan = a_plan_spec(
        folds=draw(st.integers(1, 5)), learners=learners, finalize_seconds=2.0, refit=draw(st.booleans())
    )
    experiment = an_experiment(
        parallelism=draw(st.integers(1, 4)),
        time=draw(st.sampled_from(["10s", "1m", "2m"])),
        trials=draw(st.integers(1, 10)),
        failed_trials=draw(st.integers(1, 5)),
        patience=draw(st.integers(1, 10)),
        stopping=draw(st.sampled_from(["none", "median"])),
        goal=draw(st.sampled_from([None, 0.8])),
    )
    single = (a_pool(slots=draw(st.integers(1, 4)), memory_bytes=1),)
    gpu = (a_pool(slots=1, max_runners=2, memory_bytes=1), a_pool("gpu", slots=1, accelerator="gpu", memory_bytes=1))
    two = (a_pool(slots=1, max_runners=3, memory_bytes=1), a_pool("large", slots=2, memory_bytes=2))
    script = RunnerScript(plan, seconds, refit_seconds=seconds * draw(st.sampled_from([0.5, 1.5, 100.0])))
    script.work = draw(st.sampled_from([script.work, ()]))
    if failing:
        _draw_failures(draw, script)
    return Simulation(
        experiment,
        script,
        draw(st.sampled_from([gpu] if needs.accelerator else [single, two])),
        cluster=draw(st.booleans()),
        space=draw(st.sampled_from([1, 2, 10**6])),
    )


def _draw_failures(draw: st.DrawFn, script: RunnerScript) -> None:
    failures = st.sampled_from([a_failure(name) for name in CLASSES])
    script.failures |= draw(st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 2)), failures, max_size=4))
    full = st.just(a_failure("resources", "StoreFull"))
    script.failures |= draw(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(1, 2)), full, max_size=1))
    harmless = st.sampled_from([a_failure("infrastructure"), a_failure("resources", "StoreFull")])
    script.prepare_failures |= draw(st.dictionaries(st.integers(1, 2), harmless, max_size=2))
    script.refit_failures |= draw(
        st.dictionaries(st.tuples(st.integers(0, 5), st.integers(1, 2)), failures, max_size=3)
    )
    script.finalize_failures |= draw(st.dictionaries(st.integers(1, 2), harmless, max_size=2))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Simulation, list[Event]]:
    """A simulation and its events."""
    events = draw(st.lists(EVENTS, max_size=6))
    if draw(st.integers(0, 3)) == 0:
        events.append(draw(STOP))
    return draw(simulations()), events


def live(harness: Simulation, events: list[Event]) -> None:
    """Run through a history, and then undisturbed to the end."""
    for event in events:
        harness.run(event.after, until_final=False)
        if not harness.final:
            event.do(harness)
    if harness.experiment.spec.suspend and not harness.final:
        harness.edit(suspend=False)
    harness.run(3600.0)
