"""An agent with real children, forked and spawned, and a broker on loopback."""

import asyncio
import contextlib
import logging

import pytest

from builders.assignments import a_fit

pytestmark = pytest.mark.asyncio(loop_scope="module")
forking = pytest.mark.parametrize("launcher", ["fork"], indirect=True, scope="module")
"""For tests that do not depend on how children are started."""


@contextlib.asynccontextmanager
async def working(agent):
    """Run the agent inside the context; it is cancelled at the end."""
    task = asyncio.create_task(agent)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_each_assignment_is_done_and_handed_in_once(broker, run_agent):
    fits = [a_fit(id_=f"fit-{number}", folds=(0, 1)) for number in range(7)]
    results = await run_agent(*fits, slots=2)
    assert sorted(request.result.id for request in broker.results) == [fit.id for fit in fits]
    assert {result.outcome for result in results.values()} == {"succeeded"}
    assert all(result.peak_memory_bytes > 0 and result.seconds > 0 for result in results.values())


@forking
async def test_the_answer_to_a_result_carries_the_next_assignment(broker, run_agent):
    await run_agent(*(a_fit(id_=f"fit-{number}") for number in range(5)))
    assert len(broker.results) == 5
    assert len(broker.leases) <= 2


FAILURES = {
    "what the work says is handed in as it is": (a_fit("refuse"), "configuration", "NotFinite"),
    "any other exception is a bug": (a_fit("bug"), "program", "Traceback"),
    "a failed allocation is a want of memory": (a_fit("no_memory"), "resources", "OutOfMemory"),
    "a full disk is a want of room": (a_fit("full_disk"), "resources", "StoreFull"),
    "a crash in a library is the configuration's": (a_fit("segfault"), "configuration", "Crashed"),
    "leaving without a result is a crash": (a_fit("exit", code=3), "configuration", "Crashed"),
    "SIGKILL is somebody's, where the kernel did not kill": (a_fit("kill"), "infrastructure", "Killed"),
}


async def test_a_failing_child_does_not_end_others(run_agent):
    bad = [fit.replace(id=name) for name, (fit, _, _) in FAILURES.items()]
    results = await run_agent(a_fit(id_="good", seconds=1.0), *bad, a_fit(id_="last"), slots=2)
    assert results.pop("good").outcome == results.pop("last").outcome == "succeeded"
    failures = {name: (result.failure.failure_class, result.failure.reason) for name, result in results.items()}
    assert failures == {name: (failure_class, reason) for name, (_, failure_class, reason) in FAILURES.items()}


async def test_a_failed_fit_still_carries_the_folds_that_it_finished(run_agent):
    results = await run_agent(a_fit("refuse", id_="said", folds=(0, 1)), a_fit("kill", id_="killed", folds=(2, 3)))
    assert [fold.fold for fold in results["said"].folds] == [0, 1]
    assert [fold.fold for fold in results["killed"].folds] == [2, 3]


@forking
async def test_a_bug_is_handed_in_with_the_last_lines_of_its_traceback(run_agent):
    failure = (await run_agent(a_fit("bug", id_="bad")))["bad"].failure
    assert "runner_program.py" in failure.message
    assert "KeyError: 'nothing here'" in failure.message


async def test_a_crash_is_handed_in_with_the_last_lines_that_were_printed(run_agent):
    failure = (await run_agent(a_fit("segfault", id_="bad")))["bad"].failure
    assert "SIGSEGV" in failure.message
    assert "runner_program.py" in failure.message


@forking
async def test_work_that_takes_too_long_is_a_configuration_failure(run_agent):
    late = a_fit(id_="late", folds=(0,), timeout=1.0, seconds=60.0)
    result = (await run_agent(a_fit(id_="first"), late))["late"]
    assert (result.failure.failure_class, result.failure.reason) == ("configuration", "Timeout")
    assert [fold.fold for fold in result.folds] == [0]


async def test_work_at_the_end_of_the_budget_is_cancelled_with_the_folds_it_finished(run_agent):
    late = a_fit(id_="late", folds=(0, 1), ends_in=1.0, seconds=60.0)
    results = await run_agent(a_fit(id_="first"), late, a_fit(id_="next"))
    assert results["late"].outcome == "cancelled"
    assert results["late"].failure is None
    assert [fold.fold for fold in results["late"].folds] == [0, 1]
    assert results["next"].outcome == "succeeded"


async def test_a_child_that_ignores_sigterm_is_killed(run_agent):
    results = await run_agent(a_fit("ignore_sigterm", id_="deaf", ends_in=0.3), seconds=20.0)
    assert results["deaf"].outcome == "cancelled"


async def test_the_broker_can_cancel_by_the_answer_to_a_heartbeat(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", seconds=60.0))) as agent:
        await broker.until(lambda: any(beat.holding for beat in broker.heartbeats))
        broker.cancel = {"long"}
        assert (await agent)["long"].outcome == "cancelled"


@forking
async def test_the_broker_can_cancel_by_the_answer_to_a_lease(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", seconds=60.0), slots=2, heartbeat_seconds=3600.0)) as agent:
        await broker.until(lambda: broker.leases and broker.leases[-1].holding)
        broker.cancel = {"long"}
        await broker.wake()
        assert (await agent)["long"].outcome == "cancelled"


@pytest.mark.parametrize("deed", ["fill_memory", "fill_shared_memory"])
async def test_the_largest_child_is_ended_before_memory_runs_out(run_agent, deed):
    greedy, modest = a_fit(deed, id_="greedy", mib=700), a_fit(id_="modest", seconds=1.0)
    results = await run_agent(greedy, modest, slots=2, memory_bytes=600 * 2**20)
    assert results["modest"].outcome == "succeeded"
    assert (results["greedy"].failure.failure_class, results["greedy"].failure.reason) == ("resources", "OutOfMemory")
    assert "GiB" in results["greedy"].failure.message


async def test_the_runners_resources_are_announced(broker, run_agent):
    await run_agent(a_fit(id_="one", seconds=0.0), slots=2, accelerator="nvidia.com/gpu")
    announced = broker.leases[-1].announcement
    assert (announced.slots, announced.accelerator, announced.learners) == (2, "nvidia.com/gpu", ("sleep",))


async def test_the_output_of_a_child_is_logged_with_its_assignment(run_agent, caplog):
    caplog.set_level(logging.INFO)
    await run_agent(a_fit("print", id_="chatty", text="good day"), a_fit("sleep", id_="last", seconds=0.2))
    printed = [record.assignment for record in caplog.records if record.getMessage() == "good day"]
    assert printed == ["chatty"]


@forking
async def test_a_finished_fold_is_reported_at_once(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", folds=(0, 1), seconds=60.0), heartbeat_seconds=3600.0)):
        await broker.until(lambda: any(beat.holding and len(beat.holding[0].folds) == 2 for beat in broker.heartbeats))


@forking
async def test_each_call_lists_all_held_work_so_that_a_new_broker_can_adopt_it(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", attempt=3, seconds=60.0), slots=2)):
        await broker.until(lambda: any(lease.holding for lease in broker.leases))
        (progress,) = broker.leases[-1].holding
        assert (progress.id, progress.attempt) == ("long", 3)
        assert broker.leases[-1].free == 1


@forking
async def test_heartbeats_go_on_while_every_slot_is_at_work(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", seconds=60.0), heartbeat_seconds=0.2)):
        await broker.until(lambda: len([beat for beat in broker.heartbeats if beat.holding]) >= 3)
        assert broker.heartbeats[-1].holding[0].seconds > 0


@forking
async def test_a_failed_heartbeat_is_repeated_soon(broker, run_agent):
    broker.refused_heartbeats = 1
    async with working(run_agent(a_fit(id_="long", folds=(0,), seconds=60.0), heartbeat_seconds=3600.0)):
        await broker.until(lambda: any(beat.holding for beat in broker.heartbeats))


@forking
async def test_an_assignment_that_is_given_twice_is_done_once(broker, run_agent):
    fit = a_fit(id_="twice", seconds=0.3)
    await run_agent(fit, fit, slots=2)
    assert [request.result.id for request in broker.results] == ["twice"]


@forking
async def test_no_secret_reaches_the_log_or_a_call(broker, run_agent, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    await run_agent(
        a_fit("print", text="the key is wJalrXUtnFEMI of http://ann:pass@host"), a_fit(id_="last", seconds=0.2)
    )
    assert "the key is *** of http://***@host" in caplog.text
    assert not [
        record
        for record in caplog.records
        if record.name.startswith("automl") and "secret-token" in record.getMessage()
    ]
    assert set(broker.authorizations) == {"Bearer secret-token-of-this-runner"}


@pytest.mark.parametrize("launcher", ["spawn"], indirect=True, scope="module")
async def test_a_spawned_child_persists_from_one_assignment_to_the_next(run_agent):
    results = await run_agent(*(a_fit(id_=f"fit-{number}") for number in range(6)))
    assert len({result.folds[0].rounds for result in results.values()}) == 1


@forking
async def test_a_forked_child_does_one_assignment(run_agent):
    results = await run_agent(*(a_fit(id_=f"fit-{number}") for number in range(6)))
    assert len({result.folds[0].rounds for result in results.values()}) == 6


@forking
async def test_a_child_that_is_killed_while_the_kernel_counts_a_kill_ran_out_of_memory(run_agent, monkeypatch):
    counts = iter((3, 4))
    monkeypatch.setattr("automl_runner.agent.work.out_of_memory_kills", lambda: next(counts))
    failure = (await run_agent(a_fit("kill", id_="killed")))["killed"].failure
    assert (failure.failure_class, failure.reason) == ("resources", "OutOfMemory")


@forking
async def test_a_broker_that_comes_back_learns_of_held_work_and_gets_each_result_once(broker, run_agent):
    async with working(run_agent(a_fit(id_="long", seconds=2.0), slots=2)) as agent:
        await broker.until(lambda: any(lease.holding for lease in broker.leases))
        await broker.stop()
        before = len(broker.leases)
        await broker.start()
        await broker.until(lambda: any(lease.holding for lease in broker.leases[before:]))
        assert (await agent)["long"].outcome == "succeeded"
    assert [request.result.id for request in broker.results] == ["long"]


@forking
@pytest.mark.parametrize(
    "late",
    [
        pytest.param(0.0, id="an answer at once"),
        pytest.param(0.4, id="the second result is on its way before the first one's answer"),
    ],
)
async def test_a_runner_with_a_limit_of_assignments_asks_for_no_more_and_leaves(broker, run_agent, late):
    broker.leave_when_empty, broker.answer_delay = False, late
    fits = [a_fit(id_=f"fit-{number}", seconds=0.2) for number in range(5)]
    results = await run_agent(*fits, slots=2, max_assignments=3)
    assert sorted(results) == ["fit-0", "fit-1", "fit-2"]
    assert [fit.id for fit in broker.queue] == ["fit-3", "fit-4"]
    assert broker.results[-1].free == 0
