"""A list of several pages, while things happen."""

from collections.abc import AsyncGenerator
from typing import Any

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Listing, WatchEvent
from automl_operator.kube.api.errors import Busy
from fakes.followed_house import NAMESPACE, FollowedHouse, a_lease


async def test_a_list_is_read_page_by_page() -> None:
    house = FollowedHouse()
    house.server.largest_page = 2
    for number in range(5):
        house.server.add(LEASES, NAMESPACE, a_lease(f"x{number}"))
    async with house.running():
        assert dict(house.watch.objects) == house.truth
        assert house.calls("list") == 3


async def test_a_list_that_breaks_off_takes_nothing_away_and_begins_again() -> None:
    house = FollowedHouse(resync_seconds=10.0)
    house.server.largest_page = 1
    for name in ("one", "two", "three"):
        house.server.add(LEASES, NAMESPACE, a_lease(name))
    async with house.running():
        house.told.clear()
        reading = house.server.pages

        async def broken_once(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
            house.server.pages = reading  # type: ignore[method-assign]
            async for page in reading(*kind, **options):
                yield page
                raise Busy("no answer")

        house.server.pages = broken_once  # type: ignore[method-assign]
        house.server.tick()
        await house.clock.advance(11.0)
        house.server.tick()
        await house.clock.advance(5.0)
        assert house.words == []
        assert dict(house.watch.objects) == house.truth


async def test_a_list_whose_moment_is_forgotten_meanwhile_begins_again() -> None:
    house = FollowedHouse()
    house.server.largest_page = 1
    for name in ("one", "two"):
        house.server.add(LEASES, NAMESPACE, a_lease(name))
    reading = house.server.pages

    async def compacted_once(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
        house.server.pages = reading  # type: ignore[method-assign]
        async for page in reading(*kind, **options):
            yield page
            house.server.compact()

    house.server.pages = compacted_once  # type: ignore[method-assign]
    async with house.running():
        assert not house.watch.synced.is_set()
        await house.clock.advance(5.0)
        assert dict(house.watch.objects) == house.truth
        assert house.words == ["+one", "+two"]


async def test_a_list_does_not_bring_back_what_we_delete_while_it_is_read() -> None:
    house = FollowedHouse()
    created = await house.create()
    house.watch.put(created)
    relisting = house.watch._cache.relisting(int(created["metadata"]["resourceVersion"]))
    house.watch.removed(NAMESPACE, "one", created["metadata"]["uid"])
    relisting.take([created])
    relisting.end()
    newer = {**created, "metadata": created["metadata"] | {"resourceVersion": str(10**6)}}
    house.watch._cache.take(WatchEvent("MODIFIED", newer))
    assert house.words == ["+one", "-one"]


async def test_a_list_of_a_server_that_was_restored_is_waited_for() -> None:
    house = FollowedHouse()
    house.server.largest_page = 1
    for name in ("one", "two"):
        house.server.add(LEASES, NAMESPACE, a_lease(name))
    async with house.running():
        reading, synced = house.server.pages, []

        async def watched(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
            async for page in reading(*kind, **options):
                yield page
                synced.append(house.watch.synced.is_set())

        house.server.pages = watched  # type: ignore[method-assign]
        house.server.rewind()
        await house.clock.advance(5.0)
        assert synced[0] is False
        assert house.watch.synced.is_set()
        assert dict(house.watch.objects) == house.truth
