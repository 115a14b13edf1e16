"""The rules of leader election, in virtual time: never two leaders, soon one, and rising terms."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.api.leader_candidate import LeaderCandidate
from fakes.lease_server import FakeLeaseServer


class Clock:
    """A clock in seconds that moves only when a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def is_later(candidate: LeaderCandidate, *, than: int) -> bool:
    """True if a candidate leads in a later term than another."""
    term = candidate.term()
    return term is not None and term > than


class Harness:
    """A lease, and candidates that attempt only when a test calls `attempt`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.server = FakeLeaseServer()
        self.made = 0
        self.shown = datetime(2001, 1, 1, tzinfo=UTC)

    def candidate(self) -> LeaderCandidate:
        self.made += 1
        return LeaderCandidate(
            self.server, name="leader", identity=f"process-{self.made}", clock=self.clock, wall=self._wall
        )

    def _wall(self) -> datetime:
        """A wall clock that runs backwards, because wall clocks must not matter."""
        self.shown -= timedelta(hours=1)
        return self.shown

    def attempt(self, *candidates: LeaderCandidate, seconds: float = 0.0) -> None:
        """Let all candidates attempt every two seconds."""
        until = self.clock.now + seconds
        while True:
            for candidate in candidates:
                with suppress(ApiError):
                    candidate.attempt()
            if self.clock.now >= until:
                return
            self.clock.now += 2.0

    @property
    def spec(self) -> dict[str, Any]:
        assert self.server.lease is not None
        spec: dict[str, Any] = self.server.lease["spec"]
        return spec


def test_the_first_one_leads_and_the_second_waits() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second, seconds=100.0)
    assert (first.term(), second.term()) == (1, None)
    assert harness.spec["holderIdentity"] == "process-1"
    assert harness.spec["leaseDurationSeconds"] == 15


def test_a_renewal_is_one_call() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.server.calls.clear()
    harness.attempt(first, seconds=20.0)
    assert set(harness.server.calls) == {"update"}
    assert len(harness.server.calls) == 11


def test_a_leader_that_does_not_renew_stops_before_another_begins() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    started = harness.clock.now
    while second.term() is None:
        harness.clock.now += 0.5
        second.attempt()
        if first.term() is not None:
            assert harness.clock.now < started + 10.0
    assert harness.clock.now == started + 15.0
    assert first.term() is None
    assert is_later(second, than=1)


def test_a_frozen_leader_no_longer_leads_from_the_moment_it_wakes() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    harness.attempt(second, seconds=40.0)
    assert first.term() is None
    assert is_later(second, than=1)
    harness.attempt(first, second, seconds=40.0)
    assert first.term() is None
    assert is_later(second, than=1)


def test_a_frozen_leader_without_rivals_does_not_lead_either() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.clock.now += 40.0
    assert first.term() is None
    harness.attempt(first, seconds=60.0)
    assert first.term() is None


def test_a_renewal_counts_from_when_it_was_sent_even_if_its_answer_came_after_a_freeze() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    update = harness.server.update

    def slow(lease: Any) -> Any:
        answer = update(lease)
        harness.clock.now += 40.0
        return answer

    harness.server.update = slow  # type: ignore[method-assign]
    first.attempt()
    assert first.term() is None


def test_a_released_lease_is_taken_at_once() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    first.release()
    harness.attempt(second)
    assert first.term() is None
    assert is_later(second, than=1)


def test_a_candidate_that_does_not_lead_releases_nothing() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    second.release()
    assert harness.spec["holderIdentity"] == "process-1"


def test_a_restarted_process_is_another_candidate_with_another_term() -> None:
    harness = Harness()
    harness.attempt(harness.candidate())
    again = harness.candidate()
    harness.attempt(again, seconds=20.0)
    assert is_later(again, than=1)


def test_a_standby_trusts_its_own_clock_and_not_the_times_in_the_lease() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first)  # the lease holds a time that is long past
    harness.attempt(second, seconds=12.0)
    assert second.term() is None


@pytest.mark.parametrize("kind", ["reachable", "answers"])
def test_a_leader_that_is_cut_off_stops_in_time(kind: str) -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    setattr(harness.server, kind, False)
    harness.attempt(first, seconds=8.0)
    assert first.term() == 1
    harness.clock.now += 2.0
    assert first.term() is None


def test_a_short_failure_costs_nothing() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.server.reachable = False
    harness.attempt(first, seconds=6.0)
    harness.server.reachable = True
    harness.attempt(first, seconds=60.0)
    assert first.term() == 1


def test_a_renewal_whose_answer_was_lost_does_not_look_like_another_leader() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.server.answers = False
    harness.attempt(first)
    harness.server.answers = True
    harness.attempt(first, seconds=60.0)
    assert first.term() == 1


def test_labelling_the_lease_does_not_end_a_term() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.server.label()
    harness.attempt(first)
    assert first.term() == 1
    assert harness.server.lease is not None
    assert harness.server.lease["metadata"]["labels"] == {"a": "b"}


def test_taking_the_lease_by_force_ends_a_term_at_once() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.spec["holderIdentity"] = "somebody"
    harness.server.label()
    first.attempt()
    assert first.term() is None


def test_the_leader_recreates_a_deleted_lease_and_no_other_gets_it() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    harness.server.delete()
    harness.attempt(second, first, seconds=30.0)
    assert (first.term(), second.term()) == (1, None)


def test_a_deleted_lease_of_a_dead_leader_is_waited_out_and_its_term_exceeded() -> None:
    harness = Harness()
    first, second = harness.candidate(), harness.candidate()
    harness.attempt(first, second)
    harness.server.delete()
    harness.attempt(second, seconds=20.0)
    assert is_later(second, than=1)


def test_a_candidate_that_never_saw_the_deleted_lease_exceeds_its_term_too() -> None:
    harness = Harness()
    first = harness.candidate()
    harness.attempt(first)
    harness.server.delete()
    newcomer = harness.candidate()
    harness.attempt(newcomer)
    assert is_later(newcomer, than=1)
    harness.attempt(first)
    assert first.term() is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["attempt", "attempt", "attempt", "cut", "join", "lose answers", "wait", "release", "restart"]),
        st.integers(0, 2),
        st.sampled_from([0.1, 1.0, 2.0, 5.0, 11.0, 16.0]),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(steps=STEPS)
def test_there_are_never_two_leaders_and_terms_never_fall(steps: list[tuple[str, int, float]]) -> None:
    harness = Harness()
    candidates = [harness.candidate() for _ in range(3)]
    highest = 0
    for step, which, seconds in steps:
        with suppress(ApiError):
            if step == "attempt":
                candidates[which].attempt()
            elif step == "release":
                candidates[which].release()
        harness.server.reachable = {"cut": False, "join": True}.get(step, harness.server.reachable)
        harness.server.answers = step != "lose answers" and (step == "join" or harness.server.answers)
        if step == "restart":
            candidates[which] = harness.candidate()
        if step == "wait":
            harness.clock.now += seconds
        terms = [term for candidate in candidates if (term := candidate.term()) is not None]
        assert len(terms) <= 1
        assert all(term >= highest for term in terms)
        highest = max([highest, *terms])
    harness.server.reachable = harness.server.answers = True
    fresh = harness.candidate()
    harness.attempt(fresh, seconds=40.0)
    assert fresh.term() is not None or any(candidate.term() for candidate in candidates)
