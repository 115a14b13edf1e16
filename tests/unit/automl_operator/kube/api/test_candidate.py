"""The rules of leading, in virtual time: never two, soon one, and terms that rise."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_operator.kube.api.leader_candidate import LeaderCandidate
from automl_operator.kube.api.errors import ApiError
from fakes.lease_server import FakeLeaseServer


class Clock:
    """Seconds that stand still until they are told to move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def is_later(candidate: LeaderCandidate, *, than: int) -> bool:
    """Whether it leads in a later term."""
    term = candidate.term()
    return term is not None and term > than


class House:
    """A lease and candidates that attempt when they are told to."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.server = FakeLeaseServer()
        self.made = 0
        self.shown = datetime(2001, 1, 1, tzinfo=UTC)

    def candidate(self) -> LeaderCandidate:
        self.made += 1
        return LeaderCandidate(self.server, name="leader", identity=f"process-{self.made}", clock=self.clock, wall=self._wall)

    def _wall(self) -> datetime:
        """A clock that runs backwards: what clocks show is of no importance."""
        self.shown -= timedelta(hours=1)
        return self.shown

    def attempt(self, *candidates: LeaderCandidate, seconds: float = 0.0) -> None:
        """All attempt, every two seconds."""
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
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second, seconds=100.0)
    assert (first.term(), second.term()) == (1, None)
    assert house.spec["holderIdentity"] == "process-1"
    assert house.spec["leaseDurationSeconds"] == 15


def test_a_renewal_is_one_call() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.server.calls.clear()
    house.attempt(first, seconds=20.0)
    assert set(house.server.calls) == {"update"}
    assert len(house.server.calls) == 11


def test_who_does_not_renew_stops_before_another_begins() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    started = house.clock.now
    while second.term() is None:
        house.clock.now += 0.5
        second.attempt()
        if first.term() is not None:
            assert house.clock.now < started + 10.0
    assert house.clock.now == started + 15.0
    assert first.term() is None
    assert is_later(second, than=1)


def test_one_that_was_frozen_does_not_lead_from_its_first_moment_on() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    house.attempt(second, seconds=40.0)
    assert first.term() is None
    assert is_later(second, than=1)
    house.attempt(first, second, seconds=40.0)
    assert first.term() is None
    assert is_later(second, than=1)


def test_one_that_was_frozen_alone_does_not_lead_either() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.clock.now += 40.0
    assert first.term() is None
    house.attempt(first, seconds=60.0)
    assert first.term() is None


def test_a_renewal_whose_answer_came_after_the_freeze_counts_from_when_it_was_sent() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    update = house.server.update

    def slow(lease: Any) -> Any:
        answer = update(lease)
        house.clock.now += 40.0
        return answer

    house.server.update = slow  # type: ignore[method-assign]
    first.attempt()
    assert first.term() is None


def test_a_lease_that_was_given_back_is_taken_at_once() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    first.release()
    house.attempt(second)
    assert first.term() is None
    assert is_later(second, than=1)


def test_who_does_not_lead_gives_nothing_back() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    second.release()
    assert house.spec["holderIdentity"] == "process-1"


def test_a_restarted_process_is_another_candidate_with_another_term() -> None:
    house = House()
    house.attempt(house.candidate())
    again = house.candidate()
    house.attempt(again, seconds=20.0)
    assert is_later(again, than=1)


def test_a_standby_believes_its_own_clock_and_not_what_the_lease_says() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first)  # written with a time that is long past
    house.attempt(second, seconds=12.0)
    assert second.term() is None


@pytest.mark.parametrize("kind", ["reachable", "answers"])
def test_a_leader_that_is_cut_off_stops_in_time(kind: str) -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    setattr(house.server, kind, False)
    house.attempt(first, seconds=8.0)
    assert first.term() == 1
    house.clock.now += 2.0
    assert first.term() is None


def test_a_short_failure_costs_nothing() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.server.reachable = False
    house.attempt(first, seconds=6.0)
    house.server.reachable = True
    house.attempt(first, seconds=60.0)
    assert first.term() == 1


def test_a_renewal_whose_answer_was_lost_is_no_theft() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.server.answers = False
    house.attempt(first)
    house.server.answers = True
    house.attempt(first, seconds=60.0)
    assert first.term() == 1


def test_who_labels_the_lease_does_not_end_a_reign() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.server.label()
    house.attempt(first)
    assert first.term() == 1
    assert house.server.lease is not None
    assert house.server.lease["metadata"]["labels"] == {"a": "b"}


def test_who_takes_the_lease_by_force_ends_a_reign_at_once() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.spec["holderIdentity"] = "somebody"
    house.server.label()
    first.attempt()
    assert first.term() is None


def test_a_deleted_lease_is_made_again_and_nobody_slips_in() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    house.server.delete()
    house.attempt(second, first, seconds=30.0)
    assert (first.term(), second.term()) == (1, None)


def test_a_deleted_lease_whose_leader_is_gone_is_waited_out_and_its_term_exceeded() -> None:
    house = House()
    first, second = house.candidate(), house.candidate()
    house.attempt(first, second)
    house.server.delete()
    house.attempt(second, seconds=20.0)
    assert is_later(second, than=1)


def test_one_who_never_saw_the_deleted_lease_exceeds_its_term_too() -> None:
    house = House()
    first = house.candidate()
    house.attempt(first)
    house.server.delete()
    newcomer = house.candidate()
    house.attempt(newcomer)
    assert is_later(newcomer, than=1)
    house.attempt(first)
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
def test_there_are_never_two_and_terms_never_fall(steps: list[tuple[str, int, float]]) -> None:
    house = House()
    candidates = [house.candidate() for _ in range(3)]
    highest = 0
    for step, which, seconds in steps:
        with suppress(ApiError):
            if step == "attempt":
                candidates[which].attempt()
            elif step == "release":
                candidates[which].release()
        house.server.reachable = {"cut": False, "join": True}.get(step, house.server.reachable)
        house.server.answers = step != "lose answers" and (step == "join" or house.server.answers)
        if step == "restart":
            candidates[which] = house.candidate()
        if step == "wait":
            house.clock.now += seconds
        terms = [term for candidate in candidates if (term := candidate.term()) is not None]
        assert len(terms) <= 1
        assert all(term >= highest for term in terms)
        highest = max([highest, *terms])
    house.server.reachable = house.server.answers = True
    fresh = house.candidate()
    house.attempt(fresh, seconds=40.0)
    assert fresh.term() is not None or any(candidate.term() for candidate in candidates)
