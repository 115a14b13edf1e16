"""The list-watch: its cache equals the server's objects, whatever breaks in between."""

import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from automl_api.kinds import LEASES, PODS
from automl_operator.kube.api.api import Listing, WatchEvent
from automl_operator.kube.api.errors import Busy, Expired, Forbidden
from fakes.clock import settle
from fakes.list_watch_harness import NAME, NAMESPACE, ListWatchHarness, a_stored_lease


async def test_it_has_the_objects_from_before_and_later_changes() -> None:
    harness = ListWatchHarness()
    harness.server.add(LEASES, NAMESPACE, a_stored_lease("before"))
    harness.server.add(PODS, NAMESPACE, a_stored_lease("another-kind"))
    harness.server.add(LEASES, "elsewhere", a_stored_lease("another-namespace"))
    assert not harness.watch.synced.is_set()
    async with harness.running():
        assert harness.watch.synced.is_set()
        harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        harness.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        harness.server.remove(LEASES, NAMESPACE, "before")
        await settle()
        assert harness.changes == ["+before", "+one", "~one", "-before"]
        assert dict(harness.watch.objects) == harness.stored


async def test_it_reports_a_change_with_both_states() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        first = harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        second = harness.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        harness.server.remove(LEASES, NAMESPACE, "one")
        await settle()
        assert harness.reported == [("one", None, first), ("one", first, second), ("one", second, None)]


async def test_a_deletion_while_the_watch_is_broken_is_noticed() -> None:
    harness = ListWatchHarness()
    for name in ("one", "two"):
        harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
    async with harness.running():
        harness.server.fail("watch", Busy("no answer"), times=3)
        harness.server.end_watches()
        await settle()
        harness.server.remove(LEASES, NAMESPACE, "one")
        harness.server.compact()
        await harness.clock.advance(10.0)
        assert harness.changes == ["+one", "+two", "-one"]
        assert harness.calls("list") == 2


async def test_a_watch_that_ends_goes_on_without_a_list() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        harness.server.end_watches()
        harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        await harness.clock.advance(5.0)
        assert harness.changes == ["+one"]
        assert harness.calls("list") == 1


async def test_watches_that_end_at_once_are_reopened_with_pauses() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        for _ in range(100):
            harness.server.end_watches()
            await harness.clock.advance(0.1)
        assert harness.calls("watch") < 12


async def test_lists_that_expire_at_once_are_repeated_with_pauses() -> None:
    harness = ListWatchHarness()
    harness.server.fail("watch", Expired("too old"), times=1000)
    async with harness.running():
        await harness.clock.advance(10.0)
        assert 2 < harness.calls("list") < 12


async def test_a_silent_watch_is_followed_by_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ListWatchHarness()

    async def silent(*kind: Any, **options: Any) -> AsyncGenerator[WatchEvent, None]:
        await harness.clock.sleep(70.0)
        if harness.clock.now > 0.0:
            raise Busy("no answer")
        yield WatchEvent("BOOKMARK", {})

    async with harness.running():
        monkeypatch.setattr(harness.server, "watch", silent)
        harness.server.end_watches()
        await settle()
        harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        await harness.clock.advance(72.0)
        assert harness.changes == ["+one"]


async def test_the_objects_are_listed_again_in_case_a_watch_misses_changes() -> None:
    harness = ListWatchHarness(resync_seconds=600.0)
    async with harness.running():
        harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        harness.server.lose_events()
        await settle()
        assert harness.changes == []
        harness.server.tick()
        await harness.clock.advance(601.0)
        harness.server.tick()
        await harness.clock.advance(1.0)
        assert harness.changes == ["+one"]


async def test_the_cache_keeps_the_wanted_part_and_changes_report_whole_objects() -> None:
    harness = ListWatchHarness(keep=lambda item: {"metadata": item["metadata"]})
    async with harness.running():
        created = harness.server.add(LEASES, NAMESPACE, a_stored_lease(leaseTransitions=1))
        await settle()
        assert harness.reported == [("one", None, created)]
        assert harness.watch.objects[NAME] == {"metadata": created["metadata"]}


async def test_an_object_that_is_to_be_read_again_is_reported_again_soon() -> None:
    harness = ListWatchHarness()
    created = await harness.create()
    async with harness.running():
        harness.watch.read_again([NAME])
        harness.server.tick()
        await harness.clock.advance(1.0)
        assert harness.reported == [("one", None, created), ("one", created, created)]


@pytest.mark.parametrize("error", [Busy("no answer"), Forbidden("cannot list", status=403)], ids=["busy", "forbidden"])
async def test_a_refusal_of_the_server_is_logged_once_and_retried(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    harness = ListWatchHarness()
    harness.server.fail("list", error, times=5)
    with caplog.at_level(logging.INFO, "automl_operator.kube.api"):
        async with harness.running():
            await harness.clock.advance(60.0)
            assert harness.watch.synced.is_set()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_its_age_counts_from_the_last_news() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        started = harness.clock()
        await harness.clock.advance(50.0)
        assert harness.watch.fresh_at == started
        harness.server.tick()
        await settle()
        assert harness.watch.fresh_at == started + 50.0
        await harness.clock.advance(20.0)
        harness.server.end_watches()  # An orderly end, as a watch on Events has it, which has no bookmarks.
        await settle()
        assert harness.watch.fresh_at == started + 70.0


async def test_a_refusal_counts_as_news() -> None:
    harness = ListWatchHarness()
    harness.server.fail("list", Forbidden("cannot list", status=403), times=1000)
    async with harness.running():
        started = harness.clock()
        await harness.clock.advance(1000.0)
        assert harness.watch.fresh_at > started + 900.0
        assert (harness.watch.answered.is_set(), harness.watch.synced.is_set()) == (True, False)


async def test_an_expiry_in_a_quiet_time_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    harness = ListWatchHarness()
    async with harness.running():
        started = harness.clock()
        harness.server.compact()
        await harness.clock.advance(5.0)
        assert harness.calls("list") == 2
        assert harness.watch.fresh_at > started
        harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        await settle()
        assert harness.changes == ["+one"], "the new watch is answered"
    assert caplog.records == []


class TestOurOwnWrites:
    async def test_are_known_at_once_and_reported_once(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            created = await harness.create()
            harness.watch.put(created)
            assert harness.watch.objects[NAME] == created
            await settle()
            harness.watch.put(created)
            assert harness.changes == ["+one"]

    async def test_do_not_replace_a_newer_object(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            created = await harness.create()
            newer = harness.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
            await settle()
            harness.watch.put(created)
            assert harness.watch.objects[NAME] == newer

    async def test_do_not_bring_back_an_object_that_was_deleted_meanwhile(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            created = await harness.create()
            harness.server.remove(LEASES, NAMESPACE, "one")
            await settle()
            harness.watch.put(created)
            assert harness.changes == ["+one", "-one"]
            assert not harness.watch.objects

    async def test_survive_a_list_that_is_older(self) -> None:
        harness = ListWatchHarness()
        reading = harness.server.pages

        async def overtaken(*kind: Any, **options: Any) -> AsyncGenerator[Listing, None]:
            async for page in reading(*kind, **options):
                harness.watch.put(await harness.create())
                yield page

        harness.server.pages = overtaken  # type: ignore[method-assign]
        async with harness.running():
            assert harness.watch.synced.is_set()
            assert harness.changes == ["+one"]
            assert set(harness.watch.objects) == {NAME}

    async def test_are_gone_at_once_when_deleted(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            created = await harness.create()
            harness.watch.put(created)
            harness.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
            harness.server.remove(LEASES, NAMESPACE, "one")
            harness.watch.removed(NAMESPACE, "one", created["metadata"]["uid"])
            await settle()
            again = await harness.create()
            await settle()
            assert harness.changes == ["+one", "-one", "+one"]
            assert harness.watch.objects[NAME] == again

    async def test_come_back_while_the_object_is_being_terminated(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            held = harness.server.add(LEASES, NAMESPACE, {"metadata": {"name": "one", "finalizers": ["a.b/c"]}})
            await settle()
            harness.server.remove(LEASES, NAMESPACE, "one")
            harness.watch.removed(NAMESPACE, "one", held["metadata"]["uid"])
            await settle()
            assert harness.changes == ["+one", "-one", "+one"]
            harness.watch.removed(NAMESPACE, "one", held["metadata"]["uid"])
            assert set(harness.watch.objects) == {NAME}
            harness.server.change(LEASES, NAMESPACE, "one", {"metadata": {"finalizers": None}})
            await settle()
            assert harness.changes == ["+one", "-one", "+one", "-one"]

    async def test_do_not_touch_another_object_of_the_same_name(self) -> None:
        harness = ListWatchHarness()
        async with harness.running():
            await harness.create()
            await settle()
            harness.watch.removed(NAMESPACE, "one", "another-uid")
            assert harness.changes == ["+one"]


async def test_a_restored_server_with_later_versions_is_trusted() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        stored = harness.server.add(LEASES, NAMESPACE, a_stored_lease())
        harness.server.change(LEASES, NAMESPACE, "one", {"spec": {"leaseTransitions": 1}})
        await settle()
        harness.server.restore(LEASES, stored)
        await harness.clock.advance(10.0)
        assert dict(harness.watch.objects) == harness.stored


async def test_a_restored_server_with_lower_versions_is_trusted() -> None:
    harness = ListWatchHarness()
    async with harness.running():
        for name in ("one", "two"):
            harness.server.add(LEASES, NAMESPACE, a_stored_lease(name))
        await settle()
        harness.server.remove(LEASES, NAMESPACE, "two")
        harness.server.rewind()
        await harness.clock.advance(10.0)
        assert dict(harness.watch.objects) == harness.stored
        harness.server.add(LEASES, NAMESPACE, a_stored_lease("three"))
        await settle()
        assert set(harness.watch.objects) == {NAME, (NAMESPACE, "three")}
