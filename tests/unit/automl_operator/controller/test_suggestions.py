"""The search worker is a process that may die, hang or answer nonsense; requests are answered all the same."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from automl_operator.controller.suggestions import SuggestionsFailed, SuggestionWorker
from builders.control import a_suggest_request

ANSWER = """
import json, sys
def answer(line, **more):
    request = json.loads(line.split("\\t")[0])
    first = request["nextIndex"]
    made = [{"index": i, "configuration": {"learner": "linear"}, "origin": "search"}
            for i in range(first, first + request["count"])]
    print(json.dumps({"suggestions": made} | more), flush=True)
"""
GOOD = ANSWER + "for line in sys.stdin: answer(line)"
DIES_ONCE = (
    ANSWER
    + """
import pathlib
mark = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    if not mark.exists():
        mark.touch()
        sys.exit("killed, as it were")
    answer(line)
"""
)
DIES = "import sys; sys.stdin.readline(); sys.exit('MemoryError: out of memory')"
HALF_AN_ANSWER = "import sys; sys.stdin.readline(); sys.stdout.write('{')"
NONSENSE = "print('hello', flush=True); import sys; sys.stdin.read()"
SILENT = "import sys; sys.stdin.read()"
LOUD = "import sys; sys.stderr.write('x' * 1_000_000 + chr(10)); sys.stderr.flush()\n" + GOOD
SLOW_ON_TRIAL_0 = (
    ANSWER
    + """
import time
for line in sys.stdin:
    if '"nextIndex":0' in line:
        time.sleep(60)
    answer(line)
"""
)
Make = Callable[..., SuggestionWorker]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    workers: list[SuggestionWorker] = []

    def of(program: str, timeout_seconds: float = 30.0) -> SuggestionWorker:
        command = (sys.executable, "-I", "-c", program, str(tmp_path / "mark"))
        workers.append(SuggestionWorker(command, first_pause=0.0, timeout_seconds=timeout_seconds))
        return workers[-1]

    yield of
    for worker in workers:
        await worker.close()


async def indexes(worker: SuggestionWorker, next_index: int, count: int = 1) -> list[int]:
    answer = await worker.suggest(a_suggest_request(count, next_index))
    return [suggestion.index for suggestion in answer.suggestions]


async def test_each_request_gets_its_own_answer(make: Make) -> None:
    worker = make(GOOD)
    answers = await asyncio.gather(*(indexes(worker, first, 2) for first in (0, 10, 20)))
    assert answers == [[0, 1], [10, 11], [20, 21]]


async def test_it_can_be_started_ahead(make: Make) -> None:
    worker = make(GOOD)
    await worker.start()
    await worker.start()
    assert await indexes(worker, 0) == [0]


async def test_a_dead_worker_is_restarted_and_asked_again(make: Make) -> None:
    assert await indexes(make(DIES_ONCE), 3) == [3]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(DIES, id="it dies"),
        pytest.param(HALF_AN_ANSWER, id="it dies in the middle of an answer"),
        pytest.param(NONSENSE, id="it answers nonsense"),
        pytest.param("import nothing_of_that_name", id="it does not start"),
    ],
)
async def test_a_worker_that_keeps_failing_is_given_up(make: Make, program: str) -> None:
    with pytest.raises(SuggestionsFailed):
        await make(program).suggest(a_suggest_request())


async def test_the_workers_last_output_is_in_the_error(make: Make) -> None:
    with pytest.raises(SuggestionsFailed, match="MemoryError: out of memory"):
        await make(DIES).suggest(a_suggest_request())


async def test_a_worker_that_never_answers_is_given_up(make: Make) -> None:
    with pytest.raises(SuggestionsFailed):
        await make(SILENT, timeout_seconds=0.1).suggest(a_suggest_request())


async def test_a_worker_with_much_output_on_standard_error_is_not_blocked(make: Make) -> None:
    assert await indexes(make(LOUD), 0) == [0]


async def test_a_missing_program_is_given_up() -> None:
    with pytest.raises(SuggestionsFailed):
        await SuggestionWorker(("/no/such/program",), first_pause=0.0).suggest(a_suggest_request())


async def test_the_answer_to_an_abandoned_request_is_not_used_for_the_next(make: Make) -> None:
    worker = make(SLOW_ON_TRIAL_0)
    abandoned = asyncio.create_task(worker.suggest(a_suggest_request(next_index=0)))
    await asyncio.sleep(0.2)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    assert await indexes(worker, 5) == [5]


async def test_after_a_failure_the_next_request_gets_a_new_worker(make: Make) -> None:
    worker = make(DIES_ONCE.replace("not mark.exists()", "json.loads(line)['nextIndex'] == 0"))
    with pytest.raises(SuggestionsFailed):
        await worker.suggest(a_suggest_request(next_index=0))
    assert await indexes(worker, 1) == [1]


async def test_tenants_take_turns_however_many_requests_one_makes(make: Make) -> None:
    worker, order = make(GOOD), []

    async def ask(tenant: str, first: int) -> None:
        await worker.suggest(a_suggest_request(next_index=first), tenant)
        order.append(tenant)

    busy = [asyncio.create_task(ask("busy", number)) for number in range(6)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(ask(tenant, 0)) for tenant in ("one", "two")]
    await asyncio.gather(*busy, *others)
    assert order.index("one") < 3
    assert order.index("two") < 4


async def test_a_hanging_request_is_retried_only_after_the_others(make: Make) -> None:
    worker, order = make(SLOW_ON_TRIAL_0, timeout_seconds=0.5), []

    async def ask(tenant: str, first: int) -> None:
        with contextlib.suppress(SuggestionsFailed):
            await worker.suggest(a_suggest_request(next_index=first), tenant)
        order.append(tenant)

    hanging = asyncio.create_task(ask("hostile", 0))
    await asyncio.sleep(0)
    await asyncio.gather(hanging, ask("honest", 1), ask("honest", 2))
    assert order == ["honest", "honest", "hostile"]


async def test_a_request_that_breaks_the_search_fails_at_once_and_alone(make: Make) -> None:
    breaks = ANSWER + "for line in sys.stdin: answer(line, failure='MemoryError' if '\"nextIndex\":0' in line else '')"
    worker = make(breaks)
    with pytest.raises(SuggestionsFailed, match="MemoryError"):
        await worker.suggest(a_suggest_request(next_index=0))
    assert await indexes(worker, 3) == [3]


async def test_a_request_abandoned_while_it_waits_delays_nobody(make: Make) -> None:
    worker = make(GOOD)
    first = asyncio.create_task(indexes(worker, 0))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(worker.suggest(a_suggest_request(next_index=1), "impatient"))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await first == [0]
    assert await indexes(worker, 2) == [2]
