"""Histories with lost messages: every assignment is done all the same, and its result counts once."""

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from automl_operator.broker.experiment_memory import ExperimentMemory
from builders.control import a_progress, a_result, an_announcement, an_assignment

if TYPE_CHECKING:
    from automl_operator.broker.call import Call

SLOTS = 2


class Histories(RuleBasedStateMachine):
    """One runner that remembers its work, one decider that grants work to free slots, and lost answers."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.memory = ExperimentMemory(self.now)
        self.call: Call | None = None
        self.holding: set[str] = set()
        self.granted = 0
        self.pending_results: set[str] = set()
        self.dropped: set[str] = set()

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def asks(self) -> None:
        free = SLOTS - len(self.holding)
        holding = tuple(a_progress(held) for held in self.holding)
        self.call = self.memory.ask("r1", an_announcement(SLOTS), free, holding, self.now, lambda: None)

    @precondition(lambda self: self.call is not None)
    @rule(arrives=st.booleans())
    def is_answered(self, arrives: bool) -> None:
        assert self.call is not None
        answer = self.memory.answer("r1", self.call)
        self.call = None
        if arrives:
            self.holding |= {assignment.id for assignment in answer.assignments}

    @rule()
    def work_is_granted_to_a_free_slot(self) -> None:
        if any(session.free for session in self.memory.view(self.now).sessions):
            self.memory.grant("r1", an_assignment(f"a{self.granted}"), None, self.now)
            self.granted += 1

    @rule()
    def says_that_it_is_alive(self) -> None:
        self.memory.heartbeat("r1", tuple(a_progress(held) for held in self.holding), self.now)

    @precondition(lambda self: self.holding)
    @rule(acknowledged=st.booleans())
    def hands_in(self, acknowledged: bool) -> None:
        done = min(self.holding)
        assert self.memory.hand_in("r1", a_result(done), self.now) == (done not in self.pending_results)
        self.pending_results.add(done)
        if acknowledged:
            self.holding.remove(done)

    @rule()
    def a_result_is_stored(self) -> None:
        for pending in self.memory.view(self.now).pending_results[:1]:
            self.memory.drop_result(pending.result.id)
            self.dropped.add(pending.result.id)

    @invariant()
    def every_assignment_is_leased_or_pending_and_never_both(self) -> None:
        broker = self.memory.view(self.now)
        leased = {lease.id for lease in broker.leases}
        waiting = {pending.result.id for pending in broker.pending_results}
        assert len(leased) == len(broker.leases)
        assert leased | self.pending_results == {f"a{number}" for number in range(self.granted)}
        assert not leased & self.pending_results
        assert waiting == self.pending_results - self.dropped

    @invariant()
    def a_runner_never_has_more_work_than_slots(self) -> None:
        assert len(self.holding) <= SLOTS
        assert len(self.memory.view(self.now).leases) <= SLOTS

    def teardown(self) -> None:
        """At the end the runner gets everything that it was granted."""
        self.asks()
        self.is_answered(arrives=True)
        assert {lease.id for lease in self.memory.view(self.now).leases} <= self.holding


TestHistories = Histories.TestCase


@given(
    moments=st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["beat", "look", "halt", "go on"])), max_size=40),
)
def test_the_budget_never_counts_more_than_the_time_that_passed_nor_runs_backwards(moments):
    now = start = 1_000.0
    memory = ExperimentMemory(start)
    before = 0.0
    for seconds, event in moments:
        now += seconds
        if event == "beat":
            memory.heartbeat("r1", (a_progress("a1"),), now)
        elif event != "look":
            memory.sync(0.0, counting=event == "go on", ended=[], now=now)
        active = memory.view(now).active_seconds
        assert before <= active <= now - start + 1e-6
        before = active
