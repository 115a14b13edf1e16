"""The time in which the process itself stood still does not count as a runner's silence."""

import pytest

from automl_operator.controller.stall_detector import StallDetector
from builders.control import an_assignment
from fakes.clock import FakeClock, settle
from fakes.controller_harness import ControllerHarness


@pytest.mark.parametrize(
    ("beats", "still"),
    [
        pytest.param([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], id="on time"),
        pytest.param([4.0, 1.0], [0.0, 0.0], id="late, as on a busy machine"),
        pytest.param([1.0, 40.0, 1.0], [0.0, 40.0, 0.0], id="stopped for a while"),
    ],
)
def test_a_late_beat_shows_how_long_the_process_stood_still(beats: list[float], still: list[float]) -> None:
    clock = FakeClock()
    stall_detector = StallDetector(clock)
    stalls = []
    for seconds in beats:
        clock.now += seconds
        stalls.append(stall_detector.beat())
    assert stalls == pytest.approx(still)


class TestAController:
    @pytest.mark.parametrize(
        ("stopped", "silence"),
        [
            pytest.param(True, 0.0, id="the process stood still"),
            pytest.param(False, 40.0, id="the process ran, and heard nothing"),
        ],
    )
    async def test_silence_counts_only_while_the_process_ran(self, stopped, silence, caplog):
        harness = ControllerHarness()
        key = harness.create()
        harness.waiting_runner(key)
        harness.memories.of(key).grant("r1", an_assignment("a0"), None, harness.clock())
        async with harness.running():
            if stopped:
                harness.clock.now += 40
            else:
                await harness.clock.advance(40)
            harness.memories.on_change(key)
            await settle()
            _, _, broker, now = harness.decided[-1]
        assert [now - lease.last_heartbeat for lease in broker.leases] == [silence]
        assert [now - session.last_heartbeat for session in broker.sessions] == [silence]
        assert broker.stalled_seconds == (40.0 if stopped else 0.0)
        assert ("stood still for 40 s" in caplog.text) is stopped

    async def test_a_process_that_stalls_repeatedly_still_notices_silent_runners(self):
        harness = ControllerHarness()
        key = harness.create()
        harness.memories.of(key).grant("r1", an_assignment("a0"), None, harness.clock())
        async with harness.running():
            for _ in range(3):
                harness.clock.now += 6
                await harness.clock.advance(14)
            harness.memories.on_change(key)
            await settle()
            _, _, broker, now = harness.decided[-1]
        assert [now - lease.last_heartbeat for lease in broker.leases] == [pytest.approx(3 * 14, abs=1)]

    async def test_runners_from_before_the_stall_are_not_forgotten(self):
        harness = ControllerHarness()
        key = harness.create()
        harness.waiting_runner(key)
        async with harness.running():
            harness.clock.now += 3600
            harness.memories.on_change(key)
            await settle()
            assert [session.uid for session in harness.decided[-1][2].sessions] == ["r1"]
