"""Refits wait for a runner that can do them, as long as one may come."""

from dataclasses import replace
from typing import Any

import pytest

from automl_api.resources.plan import Needs
from automl_operator.decisions import decide
from automl_operator.decisions.lifecycle.status import current_status
from automl_operator.decisions.state.actions import Dismiss, StartRunner
from automl_operator.decisions.state.broker_state import HeldWrite
from automl_operator.decisions.state.snapshot import RunnerState, Snapshot
from builders.decisions import (
    NOW,
    a_broker_state,
    a_context,
    a_pool,
    a_runner,
    an_ended_runner,
    decided,
    of,
)
from builders.experiments import a_learner, an_experiment
from builders.refits import DONE, a_refit_lease, a_refitting_session, a_searched, finished, work_of

ON_GPU = {"learners": (a_learner("linear"), a_learner("network", needs=Needs(accelerator="gpu")))}
GPU = a_pool("gpu", slots=1, accelerator="gpu", idle_timeout_seconds=30.0)


def a_searched_on_gpu(*runners: RunnerState, **spec: Any) -> Snapshot:
    """An ended search whose linear trial is refitted, and whose network trial still needs a refit on a GPU."""
    trials = (finished(0, 0.9, "network"), finished(1, 0.8, refit=DONE))
    return replace(a_searched(*trials, plan=ON_GPU, **spec), runners=runners, pools=(a_pool(slots=1), GPU))


@pytest.mark.parametrize(
    ("runners", "held", "spec", "following", "started"),
    [
        pytest.param((), (), {}, [], ["gpu"], id="a runner is started"),
        pytest.param((a_runner("g", "pending", pool="gpu"),), (), {}, [], [], id="it is waited for"),
        pytest.param((), (), {"stop": True}, ["finalize"], [], id="not after stop"),
        pytest.param(
            (replace(a_runner("g", "pending", pool="gpu"), problem="Unschedulable", pending_since=NOW - 900),),
            (),
            {},
            ["finalize"],
            [],
            id="it did not start in time",
        ),
        pytest.param(
            (),
            (HeldWrite("runner", "QuotaExceeded", "exceeded quota", until=NOW + 8, pool="gpu"),),
            {},
            ["finalize"],
            [],
            id="it is denied",
        ),
        pytest.param((an_ended_runner("program", "g", pool="gpu"),), (), {}, ["finalize"], [], id="it has crashed"),
        pytest.param((an_ended_runner("infrastructure", "g", pool="gpu"),), (), {}, [], ["gpu"], id="it was lost"),
        pytest.param(
            tuple(an_ended_runner("infrastructure", f"g{number}", pool="gpu") for number in range(3)),
            (),
            {},
            ["finalize"],
            [],
            id="it is lost repeatedly",
        ),
    ],
)
def test_a_refit_that_needs_an_accelerator_has_a_runner_with_one(
    runners: tuple[RunnerState, ...], held: Any, spec: dict[str, Any], following: list[str], started: list[str]
) -> None:
    snapshot = a_searched_on_gpu(a_runner(), *runners, **spec)
    actions = decided(snapshot, a_broker_state(a_refitting_session(free=1, slots=1), held_writes=held))
    assert work_of(actions) == following
    assert [start.pool for start in of(StartRunner, actions)] == started


def test_an_idle_accelerator_is_kept_for_the_refit_that_waits_for_it() -> None:
    snapshot = a_searched_on_gpu(a_runner(), a_runner("g", pool="gpu"), parallelism=1)
    idle = a_refitting_session("g", free=1, slots=1, accelerator="gpu", idle_since=NOW - 31)
    at_work = a_broker_state(a_refitting_session(free=0, slots=1), idle, leases=(a_refit_lease(1),))
    assert not of(Dismiss, decided(snapshot, at_work))
    done = replace(snapshot, trials=tuple(finished(x, 0.9, refit=DONE) for x in (0, 1)))
    assert [dismissed.runner for dismissed in of(Dismiss, decided(done, at_work))] == ["g"]


def test_a_runner_that_never_speaks_is_waited_for_as_long_as_a_start_may_take() -> None:
    snapshot = a_searched_on_gpu(a_runner(), a_runner("mute", pool="gpu"))
    searched = current_status(a_context(snapshot, a_broker_state(a_refitting_session(free=1, slots=1))))
    snapshot = replace(snapshot, experiment=an_experiment(searched, trials=2))
    broker = a_broker_state(a_refitting_session(free=1, slots=1))
    assert work_of(decided(snapshot, broker)) == []
    later = NOW + GPU.scale_up_timeout_seconds
    broker = a_broker_state(a_refitting_session(free=1, slots=1, last_heartbeat=later), status_written_at=later)
    assert work_of(decided(snapshot, broker, later)) == ["finalize"]
    early = decide(
        snapshot,
        a_broker_state(a_refitting_session(free=1, slots=1, last_heartbeat=later - 5), status_written_at=later),
        later - 5,
    )
    assert early.requeue_after == pytest.approx(5.0, abs=0.01)
