"""Random histories of a list-watch: late answers, broken watches, compactions, failures, deletions by us and others."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import Busy
from automl_operator.kube.api.urgency import Urgency
from fakes.list_watch_harness import NAMESPACE, ListWatchHarness, a_stored_lease

NAMES = st.sampled_from(["one", "two", "three"])
FINALIZERS = {"hold": ["a.b/c"], "let go": None}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "create",
                "change",
                "remove",
                "write and put later",
                "put",
                "delete ours",
                "end",
                "compact",
                "fail",
                "pause",
            ]
        ),
        NAMES,
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, page=st.integers(1, 4))
def test_after_any_history_it_equals_the_server(steps: list[tuple[str, str]], page: int) -> None:
    asyncio.run(_a_history(steps, page))


async def _a_history(steps: list[tuple[str, str]], page: int) -> None:
    harness = ListWatchHarness()
    harness.server.largest_page = page
    late: list[Object] = []
    async with harness.running():
        for step, name in steps:
            await _happen(harness, step, name, late)
        for answer in late:
            harness.watch.put(answer)
        await harness.clock.advance(100.0)
        assert dict(harness.watch.objects) == harness.stored
        _assert_consistent_history(harness)


async def _happen(harness: ListWatchHarness, step: str, name: str, late: list[Object]) -> None:
    there = harness.server.stored(LEASES, NAMESPACE, name)
    if step == "create" and not there:
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    elif step == "change" and there:
        harness.server.change(LEASES, NAMESPACE, name, {"spec": {"n": there["spec"].get("n", 0) + 1}})
    elif step == "remove" and there:
        harness.server.remove(LEASES, NAMESPACE, name)
    elif step == "write and put later":
        patch = {"spec": {"n": there["spec"].get("n", 0) + 1}} if there else {}
        late.append(harness.server.change(LEASES, NAMESPACE, name, patch) if there else await harness.create(name))
    elif step == "put" and late:
        harness.watch.put(late.pop(0))
    elif step == "delete ours" and there:
        await harness.server.delete(LEASES, NAMESPACE, name, urgency=Urgency.OBJECT)
        harness.watch.removed(NAMESPACE, name, there["metadata"]["uid"])
    elif step in FINALIZERS and there:
        harness.server.change(LEASES, NAMESPACE, name, {"metadata": {"finalizers": FINALIZERS[step]}})
    elif step == "end":
        harness.server.end_watches()
    elif step == "compact":
        harness.server.compact()
    elif step == "fail":
        harness.server.fail("list", Busy("no answer"))
        harness.server.fail("watch", Busy("no answer"))
    elif step == "pause":
        await harness.clock.advance(1.0)


def _assert_consistent_history(harness: ListWatchHarness) -> None:
    """Check that each reported change begins with the state where the last one ended, and changes something."""
    known: dict[str, Object | None] = {}
    for name, old, new in harness.reported:
        assert known.get(name) == old
        assert old != new
        known[name] = new
