"""A list of several pages, while objects change."""

from collections.abc import AsyncGenerator
from typing import Any

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Listing
from automl_operator.kube.api.errors import Busy
from fakes.clock import settle
from fakes.list_watch_harness import NAMESPACE, ListWatchHarness, a_stored_lease


async def test_a_list_is_read_page_by_page() -> None:
    harness = ListWatchHarness()
    harness.server.largest_page = 2
    for number in range(5):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(f"x{number}"))
    async with harness.running():
        assert dict(harness.watch.objects) == harness.stored
        assert harness.calls("list") == 3


async def test_an_interrupted_list_removes_nothing_and_begins_again() -> None:
    harness = ListWatchHarness(resync_seconds=10.0)
    harness.server.largest_page = 1
    for name in ("one", "two", "three"):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    async with harness.running():
        harness.reported.clear()
        reading = harness.server.pages

        async def broken_once(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
            harness.server.pages = reading  # type: ignore[method-assign]
            async for page in reading(*kind, **options):
                yield page
                raise Busy("no answer")

        harness.server.pages = broken_once  # type: ignore[method-assign]
        harness.server.tick()
        await harness.clock.advance(11.0)
        harness.server.tick()
        await harness.clock.advance(5.0)
        assert harness.changes == []
        assert dict(harness.watch.objects) == harness.stored


async def test_a_list_whose_version_expires_meanwhile_begins_again() -> None:
    harness = ListWatchHarness()
    harness.server.largest_page = 1
    for name in ("one", "two"):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    reading = harness.server.pages

    async def compacted_once(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
        harness.server.pages = reading  # type: ignore[method-assign]
        async for page in reading(*kind, **options):
            yield page
            harness.server.compact()

    harness.server.pages = compacted_once  # type: ignore[method-assign]
    async with harness.running():
        assert not harness.watch.synced.is_set()
        await harness.clock.advance(5.0)
        assert dict(harness.watch.objects) == harness.stored
        assert harness.changes == ["+one", "+two"]


async def test_a_list_does_not_bring_back_an_object_that_we_delete_while_it_is_read() -> None:
    harness = ListWatchHarness(resync_seconds=10.0)
    harness.server.largest_page = 1
    for name in ("first", "one"):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    reading = harness.server.pages

    async def deleted_meanwhile(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
        first, second = [page async for page in reading(*kind, **options)]
        yield first
        harness.watch.removed(NAMESPACE, "one", second.items[0]["metadata"]["uid"])
        yield second

    async with harness.running():
        harness.server.pages = deleted_meanwhile  # type: ignore[method-assign]
        await harness.clock.advance(11.0)
        harness.server.tick()
        await settle()
        assert harness.changes == ["+first", "+one", "-one"]
        harness.server.change(
            LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}}
        )  # before our deletion arrives
        await settle()
        assert harness.changes == ["+first", "+one", "-one"]
        assert set(harness.watch.objects) == {(NAMESPACE, "first")}


async def test_the_list_of_a_restored_server_is_waited_for() -> None:
    harness = ListWatchHarness()
    harness.server.largest_page = 1
    for name in ("one", "two"):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    async with harness.running():
        reading, synced = harness.server.pages, []

        async def watched(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
            async for page in reading(*kind, **options):
                yield page
                synced.append(harness.watch.synced.is_set())

        harness.server.pages = watched  # type: ignore[method-assign]
        harness.server.rewind()
        await harness.clock.advance(5.0)
        assert synced[0] is False
        assert harness.watch.synced.is_set()
        assert dict(harness.watch.objects) == harness.stored
