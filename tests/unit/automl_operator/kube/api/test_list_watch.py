"""The list-watch: what it knows is what the server has, whatever breaks in between."""

import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from automl_api.kinds import LEASES, PODS
from automl_operator.kube.api.api import WatchEvent
from automl_operator.kube.api.errors import Busy, Expired, Forbidden
from fakes.clock import settle
from fakes.followed_house import NAME, NAMESPACE, FollowedHouse, a_lease


async def test_it_knows_what_was_there_and_what_happens() -> None:
    house = FollowedHouse()
    house.server.add(LEASES, NAMESPACE, a_lease("before"))
    house.server.add(PODS, NAMESPACE, a_lease("another-kind"))
    house.server.add(LEASES, "elsewhere", a_lease("another-namespace"))
    assert not house.watch.synced.is_set()
    async with house.running():
        assert house.watch.synced.is_set()
        house.server.add(LEASES, NAMESPACE, a_lease())
        house.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        house.server.remove(LEASES, NAMESPACE, "before")
        await settle()
        assert house.words == ["+before", "+one", "~one", "-before"]
        assert dict(house.watch.objects) == house.truth


async def test_it_is_told_of_a_change_with_both_states() -> None:
    house = FollowedHouse()
    async with house.running():
        first = house.server.add(LEASES, NAMESPACE, a_lease())
        second = house.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        house.server.remove(LEASES, NAMESPACE, "one")
        await settle()
        assert house.told == [("one", None, first), ("one", first, second), ("one", second, None)]


async def test_what_is_deleted_while_the_watch_is_broken_is_noticed() -> None:
    house = FollowedHouse()
    for name in ("one", "two"):
        house.server.add(LEASES, NAMESPACE, a_lease(name))
    async with house.running():
        house.server.fail("watch", Busy("no answer"), times=3)
        house.server.end_watches()
        await settle()
        house.server.remove(LEASES, NAMESPACE, "one")
        house.server.compact()
        await house.clock.advance(10.0)
        assert house.words == ["+one", "+two", "-one"]
        assert house.calls("list") == 2


async def test_a_watch_that_ends_goes_on_without_a_list() -> None:
    house = FollowedHouse()
    async with house.running():
        house.server.end_watches()
        house.server.add(LEASES, NAMESPACE, a_lease())
        await house.clock.advance(5.0)
        assert house.words == ["+one"]
        assert house.calls("list") == 1


async def test_watches_that_end_at_once_are_not_opened_in_a_storm() -> None:
    house = FollowedHouse()
    async with house.running():
        for _ in range(100):
            house.server.end_watches()
            await house.clock.advance(0.1)
        assert house.calls("watch") < 12


async def test_lists_that_expire_at_once_are_not_made_in_a_storm() -> None:
    house = FollowedHouse()
    house.server.fail("watch", Expired("too old"), times=1000)
    async with house.running():
        await house.clock.advance(10.0)
        assert 2 < house.calls("list") < 12


async def test_a_watch_that_says_nothing_at_all_is_followed_by_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    house = FollowedHouse()

    async def silent(*kind: Any, **options: Any) -> AsyncGenerator[WatchEvent, None]:
        await house.clock.sleep(70.0)
        if house.clock.now > 0.0:
            raise Busy("no answer")
        yield WatchEvent("BOOKMARK", {})

    async with house.running():
        monkeypatch.setattr(house.server, "watch", silent)
        house.server.end_watches()
        await settle()
        house.server.add(LEASES, NAMESPACE, a_lease())
        await house.clock.advance(72.0)
        assert house.words == ["+one"]


async def test_the_objects_are_listed_again_in_case_the_watch_lies() -> None:
    house = FollowedHouse(resync_seconds=600.0)
    async with house.running():
        house.server._store.objects.clear()
        house.server.add(LEASES, NAMESPACE, a_lease())
        house.server._store.history.clear()  # no watch is ever told
        await settle()
        assert house.words == []
        house.server.tick()
        await house.clock.advance(601.0)
        house.server.tick()
        await house.clock.advance(1.0)
        assert house.words == ["+one"]


async def test_of_an_object_is_kept_what_is_wanted_and_told_all() -> None:
    house = FollowedHouse(keep=lambda item: {"metadata": item["metadata"]})
    async with house.running():
        created = house.server.add(LEASES, NAMESPACE, a_lease(leaseTransitions=1))
        await settle()
        assert house.told == [("one", None, created)]
        assert house.watch.objects[NAME] == {"metadata": created["metadata"]}


async def test_what_is_to_be_read_again_is_told_again_soon() -> None:
    house = FollowedHouse()
    created = await house.create()
    async with house.running():
        house.watch.read_again([NAME])
        house.server.tick()
        await house.clock.advance(1.0)
        assert house.told == [("one", None, created), ("one", created, created)]


@pytest.mark.parametrize("error", [Busy("no answer"), Forbidden("cannot list", status=403)], ids=["busy", "forbidden"])
async def test_what_the_server_refuses_is_said_once_and_tried_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    house = FollowedHouse()
    house.server.fail("list", error, times=5)
    with caplog.at_level(logging.INFO, "automl_operator.kube.api"):
        async with house.running():
            await house.clock.advance(60.0)
            assert house.watch.synced.is_set()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_its_freshness_is_that_of_the_last_news() -> None:
    house = FollowedHouse()
    async with house.running():
        started = house.clock()
        await house.clock.advance(50.0)
        assert house.watch.fresh_at == started
        house.server.tick()
        await settle()
        assert house.watch.fresh_at == started + 50.0
        await house.clock.advance(20.0)
        house.server.end_watches()  # orderly: so ends a watch on Events, which has no bookmarks
        await settle()
        assert house.watch.fresh_at == started + 70.0


async def test_a_refusal_is_news_all_the_same() -> None:
    house = FollowedHouse()
    house.server.fail("list", Forbidden("cannot list", status=403), times=1000)
    async with house.running():
        started = house.clock()
        await house.clock.advance(1000.0)
        assert house.watch.fresh_at > started + 900.0
        assert (house.watch.answered.is_set(), house.watch.synced.is_set()) == (True, False)


async def test_what_expires_in_the_quiet_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    house = FollowedHouse()
    async with house.running():
        house.server.compact()
        await house.clock.advance(5.0)
        assert house.calls("list") == 2
    assert caplog.records == []


class TestOurOwnWrites:
    async def test_are_known_at_once_and_told_once(self) -> None:
        house = FollowedHouse()
        async with house.running():
            created = await house.create()
            house.watch.put(created)
            assert house.watch.objects[NAME] == created
            await settle()
            house.watch.put(created)
            assert house.words == ["+one"]

    async def test_do_not_replace_what_is_newer(self) -> None:
        house = FollowedHouse()
        async with house.running():
            created = await house.create()
            newer = house.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
            await settle()
            house.watch.put(created)
            assert house.watch.objects[NAME] == newer

    async def test_do_not_bring_back_what_was_deleted_meanwhile(self) -> None:
        house = FollowedHouse()
        async with house.running():
            created = await house.create()
            house.server.remove(LEASES, NAMESPACE, "one")
            await settle()
            house.watch.put(created)
            assert house.words == ["+one", "-one"]
            assert not house.watch.objects

    async def test_survive_a_list_that_is_older(self) -> None:
        house = FollowedHouse()
        listing = await house.server.list(LEASES, NAMESPACE)
        created = await house.create()
        house.watch.put(created)
        older = house.watch._cache.relisting(int(listing.resource_version))
        older.take(listing.items)
        older.end()
        assert house.words == ["+one"]

    async def test_are_gone_at_once_when_deleted(self) -> None:
        house = FollowedHouse()
        async with house.running():
            created = await house.create()
            house.watch.put(created)
            house.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
            house.server.remove(LEASES, NAMESPACE, "one")
            house.watch.removed(NAMESPACE, "one", created["metadata"]["uid"])
            await settle()
            again = await house.create()
            await settle()
            assert house.words == ["+one", "-one", "+one"]
            assert house.watch.objects[NAME] == again

    async def test_come_back_while_they_are_being_terminated(self) -> None:
        house = FollowedHouse()
        async with house.running():
            held = house.server.add(LEASES, NAMESPACE, {"metadata": {"name": "one", "finalizers": ["a.b/c"]}})
            await settle()
            house.server.remove(LEASES, NAMESPACE, "one")
            house.watch.removed(NAMESPACE, "one", held["metadata"]["uid"])
            await settle()
            assert house.words == ["+one", "-one", "+one"]
            house.watch.removed(NAMESPACE, "one", held["metadata"]["uid"])
            assert set(house.watch.objects) == {NAME}
            house.server.change(LEASES, NAMESPACE, "one", {"metadata": {"finalizers": None}})
            await settle()
            assert house.words == ["+one", "-one", "+one", "-one"]

    async def test_of_another_life_of_the_name_are_left_alone(self) -> None:
        house = FollowedHouse()
        async with house.running():
            await house.create()
            await settle()
            house.watch.removed(NAMESPACE, "one", "another-uid")
            assert house.words == ["+one"]


async def test_a_server_that_was_restored_and_counts_on_from_later_versions_is_believed() -> None:
    house = FollowedHouse()
    async with house.running():
        stored = house.server.add(LEASES, NAMESPACE, a_lease())
        house.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        await settle()
        house.server._store.objects[LEASES, *NAME] = stored
        house.server._store.version += 1_000_000
        house.server.compact()
        house.server.end_watches()
        await house.clock.advance(10.0)
        assert dict(house.watch.objects) == house.truth


async def test_a_server_that_was_restored_is_believed() -> None:
    house = FollowedHouse()
    async with house.running():
        for name in ("one", "two"):
            house.server.add(LEASES, NAMESPACE, a_lease(name))
        await settle()
        house.server.remove(LEASES, NAMESPACE, "two")
        house.server.rewind()
        await house.clock.advance(10.0)
        assert dict(house.watch.objects) == house.truth
        house.server.add(LEASES, NAMESPACE, a_lease("three"))
        await settle()
        assert set(house.watch.objects) == {NAME, (NAMESPACE, "three")}
