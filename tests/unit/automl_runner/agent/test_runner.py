"""A runner as a whole: real processes, a broker on loopback, both modes of having children."""

import pytest
from builders.assignments import a_fit


async def results_of(broker, start_runner, *assignments, **environment):
    broker.give(*assignments)
    runner = await start_runner(**environment)
    code, log = await runner.end()
    assert code == 0, log
    return [request.result for request in broker.results], log


async def test_each_assignment_is_done_and_handed_in_once(broker, start_runner, mode):
    fits = [a_fit(id_=f"fit-{number}", folds=(0, 1)) for number in range(7)]
    results, _ = await results_of(broker, start_runner, *fits, slots=2, children=mode)
    assert sorted(result.id for result in results) == [fit.id for fit in fits]
    assert {result.outcome for result in results} == {"succeeded"}
    assert all(result.peak_memory_bytes > 0 and result.seconds > 0 for result in results)


async def test_the_answer_to_a_result_carries_the_next_assignment(broker, start_runner, mode):
    fits = [a_fit(id_=f"fit-{number}") for number in range(5)]
    await results_of(broker, start_runner, *fits, children=mode)
    assert len(broker.leases) <= 2


@pytest.mark.parametrize(
    ("learner", "parameters", "failure_class", "reason"),
    [
        pytest.param("refuse", {}, "configuration", "NotFinite", id="what the work says is handed in as it is"),
        pytest.param("bug", {}, "program", "Traceback", id="any other exception is a bug"),
        pytest.param("no_memory", {}, "resources", "OutOfMemory", id="a failed allocation is a want of memory"),
        pytest.param("full_disk", {}, "resources", "StoreFull", id="a full disk is a want of room"),
        pytest.param("segfault", {}, "configuration", "Crashed", id="a crash in a library is the configuration's"),
        pytest.param("exit", {"code": 3}, "configuration", "Crashed", id="leaving without a result is a crash"),
        pytest.param("kill", {}, "resources", "OutOfMemory", id="SIGKILL from outside is the kernel's for memory"),
    ],
)
async def test_a_child_that_fails_takes_no_other_down(
    broker, start_runner, mode, learner, parameters, failure_class, reason
):
    bad, good = a_fit(learner, id_="bad", folds=(0, 1), **parameters), a_fit(id_="good", seconds=0.3)
    results, _ = await results_of(broker, start_runner, good, bad, a_fit(id_="next"), slots=2, children=mode)
    by_id = {result.id: result for result in results}
    assert by_id["good"].outcome == by_id["next"].outcome == "succeeded"
    assert by_id["bad"].outcome == "failed"
    assert (by_id["bad"].failure.failure_class, by_id["bad"].failure.reason) == (failure_class, reason)
    assert [fold.fold for fold in by_id["bad"].folds] == [0, 1]


async def test_a_bug_is_handed_in_with_the_last_lines_of_its_traceback(broker, start_runner):
    (result,), _ = await results_of(broker, start_runner, a_fit("bug"))
    assert "runner_program.py" in result.failure.message
    assert "KeyError: 'nothing here'" in result.failure.message


async def test_work_that_takes_too_long_is_the_configurations_fault(broker, start_runner, mode):
    late = a_fit("sleep", folds=(0,), timeout=0.2, seconds=60.0)
    (result,), _ = await results_of(broker, start_runner, late, children=mode)
    assert (result.failure.failure_class, result.failure.reason) == ("configuration", "Timeout")
    assert [fold.fold for fold in result.folds] == [0]


async def test_work_at_the_end_of_the_budget_is_cancelled_with_the_folds_it_finished(broker, start_runner, mode):
    late = a_fit("sleep", folds=(0, 1), ends_in=0.2, seconds=60.0)
    results, _ = await results_of(broker, start_runner, late, a_fit(id_="next"), children=mode)
    assert results[0].outcome == "cancelled"
    assert results[0].failure is None
    assert [fold.fold for fold in results[0].folds] == [0, 1]
    assert results[1].outcome == "succeeded"


async def test_a_child_that_ignores_sigterm_is_killed(broker, start_runner, mode):
    (result,), _ = await results_of(broker, start_runner, a_fit("ignore_sigterm", ends_in=0.2), children=mode)
    assert result.outcome == "cancelled"
    assert result.seconds < 30


async def test_the_broker_can_cancel_by_the_answer_to_a_heartbeat(broker, start_runner, mode):
    broker.give(a_fit(id_="long", seconds=60.0))
    runner = await start_runner(children=mode, slots=1)
    await broker.until(lambda: any(beat.holding for beat in broker.heartbeats))
    broker.cancel = {"long"}
    code, log = await runner.end()
    assert code == 0, log
    assert [request.result.outcome for request in broker.results] == ["cancelled"]


async def test_the_largest_child_is_ended_before_memory_runs_out(broker, start_runner, mode):
    greedy = a_fit("fill_memory", id_="greedy", mib=700)
    modest = a_fit("sleep", id_="modest", seconds=1.0)
    results, _ = await results_of(
        broker, start_runner, greedy, modest, slots=2, children=mode, memory_bytes=600 * 2**20
    )
    by_id = {result.id: result for result in results}
    assert by_id["modest"].outcome == "succeeded"
    assert (by_id["greedy"].failure.failure_class, by_id["greedy"].failure.reason) == ("resources", "OutOfMemory")
    assert "GiB" in by_id["greedy"].failure.message


async def test_what_a_child_prints_is_logged_with_its_assignment(broker, start_runner, mode):
    _, log = await results_of(broker, start_runner, a_fit("print", id_="chatty", text="good day"), children=mode)
    assert any('"assignment": "chatty", "message": "good day"' in line for line in log.splitlines())


async def test_a_fold_that_ends_is_told_at_once(broker, start_runner):
    broker.give(a_fit(id_="long", folds=(0, 1), seconds=60.0))
    await start_runner(heartbeat_seconds=3600.0)
    await broker.until(lambda: any(beat.holding and len(beat.holding[0].folds) == 2 for beat in broker.heartbeats))


async def test_a_call_announces_all_that_is_held_so_that_a_new_broker_can_adopt_it(broker, start_runner):
    broker.give(a_fit(id_="long", attempt=3, seconds=60.0))
    await start_runner(slots=2)
    await broker.until(lambda: any(lease.holding for lease in broker.leases))
    (progress,) = broker.leases[-1].holding
    assert (progress.id, progress.attempt) == ("long", 3)
    assert broker.leases[-1].free == 1


async def test_more_work_than_slots_waits_for_its_turn(broker, start_runner):
    fits = [a_fit(id_=f"fit-{number}", seconds=0.1) for number in range(3)]
    results, _ = await results_of(broker, start_runner, *fits, slots=1)
    assert [result.outcome for result in results] == ["succeeded"] * 3


async def test_no_secret_reaches_the_log_or_a_result(broker, start_runner, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    told = a_fit("print", text="the key is wJalrXUtnFEMI and http://ann:pass@host")
    _, log = await results_of(broker, start_runner, told)
    assert "the key is ***" in log
    assert "wJalrXUtnFEMI" not in log
    assert "ann:pass" not in log
    assert "secret-token-of-this-runner" not in log
    assert set(broker.authorizations) == {"Bearer secret-token-of-this-runner"}


async def test_the_token_is_read_anew_for_each_call(broker, start_runner, tmp_path):
    broker.leave_when_empty = False
    await start_runner(heartbeat_seconds=0.2)
    await broker.until(lambda: broker.heartbeats)
    (tmp_path / "token").write_text("rotated")
    await broker.until(lambda: "Bearer rotated" in broker.authorizations)


async def test_the_same_assignment_given_twice_is_done_once(broker, start_runner):
    fit = a_fit(id_="twice", seconds=0.3)
    results, _ = await results_of(broker, start_runner, fit, fit, slots=2)
    assert [result.id for result in results] == ["twice"]


async def test_a_runner_with_nothing_to_do_leaves_when_told(broker, start_runner):
    broker.leave_when_empty = False
    runner = await start_runner()
    await broker.until(lambda: broker.leases)
    broker.leave_when_empty = True
    broker.results.append(None)
    await broker.wake()
    code, log = await runner.end()
    assert code == 0, log


async def test_heartbeats_go_on_while_every_slot_is_at_work(broker, start_runner, mode):
    broker.give(a_fit(id_="long", seconds=60.0))
    await start_runner(children=mode, heartbeat_seconds=0.2)
    await broker.until(lambda: len([beat for beat in broker.heartbeats if beat.holding]) >= 3)
    assert broker.heartbeats[-1].holding[0].seconds > 0
