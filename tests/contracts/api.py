"""Contract of every Api. Subclasses of `ApiContract` give the fixtures `api` and `namespace` (existing and empty)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from automl_api.kinds import EXPERIMENTS, LEASES, Kind
from automl_operator.kube.api.api import Api, Listing, Object, WatchEvent
from automl_operator.kube.api.errors import Conflict, Exists, Expired, NotFound
from automl_operator.kube.api.urgency import Urgency

WAIT_SECONDS = 20.0
NOW = Urgency.CLAIM


def a_lease_object(name: str = "one", **metadata: Any) -> Object:
    """An object without defaults, status or controllers."""
    return {"metadata": {"name": name} | metadata, "spec": {"holderIdentity": "me"}}


def an_experiment_object(name: str = "churn") -> Object:
    """An object with a status of its own."""
    return {"metadata": {"name": name}, "spec": {"data": {"uri": "example:adult"}, "target": "class"}}


def owned_by(owner: Object) -> Object:
    """Metadata of an object that is deleted with its owner."""
    metadata = owner["metadata"]
    reference = {key: owner[key] for key in ("apiVersion", "kind")} | {key: metadata[key] for key in ("name", "uid")}
    return {"ownerReferences": [reference]}


def version(item: Object) -> str:
    return str(item["metadata"]["resourceVersion"])


async def becomes_true(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until controllers have made the condition true."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not await condition():  # noqa: ASYNC110 -- nothing notifies us
            await asyncio.sleep(0.05)


class ApiContract:
    """Tests that hold for every API server."""

    # Objects

    async def test_create_returns_the_stored_object(self, api: Api, namespace: str) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        assert (created["apiVersion"], created["kind"]) == ("coordination.k8s.io/v1", "Lease")
        metadata = created["metadata"]
        assert metadata["uid"]
        assert int(metadata["resourceVersion"]) > 0
        assert (metadata["namespace"], metadata["name"]) == (namespace, "one")
        assert "managedFields" not in metadata
        assert await api.get(LEASES, namespace, "one") == created

    async def test_an_unknown_object_is_none(self, api: Api, namespace: str) -> None:
        assert await api.get(LEASES, namespace, "unknown") is None

    async def test_a_name_cannot_be_created_twice(self, api: Api, namespace: str) -> None:
        first = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        with pytest.raises(Exists):
            await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        assert await api.get(LEASES, namespace, "one") == first

    async def test_a_name_can_be_generated(self, api: Api, namespace: str) -> None:
        body = {"metadata": {"generateName": "some-"}, "spec": {}}
        names = {(await api.create(LEASES, namespace, body, urgency=NOW))["metadata"]["name"] for _ in range(2)}
        assert len(names) == 2
        assert all(name.startswith("some-") for name in names)

    async def test_a_patch_merges_and_null_removes(self, api: Api, namespace: str) -> None:
        await api.create(LEASES, namespace, a_lease_object(labels={"a": "1", "b": "2"}), urgency=NOW)
        changes = {"metadata": {"labels": {"a": None, "c": "3"}}, "spec": {"leaseTransitions": 7}}
        patched = await api.patch(LEASES, namespace, "one", changes, urgency=NOW)
        assert patched["metadata"]["labels"] == {"b": "2", "c": "3"}
        assert patched["spec"] == {"holderIdentity": "me", "leaseTransitions": 7}
        assert await api.get(LEASES, namespace, "one") == patched

    async def test_a_patch_that_changes_nothing_writes_nothing(self, api: Api, namespace: str) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        same = await api.patch(LEASES, namespace, "one", {"spec": {"holderIdentity": "me"}}, urgency=NOW)
        assert version(same) == version(created)

    async def test_an_unknown_object_cannot_be_patched(self, api: Api, namespace: str) -> None:
        with pytest.raises(NotFound):
            await api.patch(LEASES, namespace, "unknown", {"spec": {}}, urgency=NOW)

    @pytest.mark.parametrize("field", ["uid", "resourceVersion"])
    async def test_a_patch_may_have_preconditions(self, api: Api, namespace: str, field: str) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        right, wrong = created["metadata"][field], {"uid": "1-2-3", "resourceVersion": "1"}[field]
        for value, allowed in ((wrong, False), (right, True)):
            body = {"metadata": {field: value}, "spec": {"leaseTransitions": 1}}
            if allowed:
                await api.patch(LEASES, namespace, "one", body, urgency=NOW)
            else:
                with pytest.raises(Conflict):
                    await api.patch(LEASES, namespace, "one", body, urgency=NOW)

    async def test_a_deleted_object_is_gone_and_may_be_deleted_again(self, api: Api, namespace: str) -> None:
        await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        for _ in range(2):
            await api.delete(LEASES, namespace, "one", urgency=NOW)
            assert await api.get(LEASES, namespace, "one") is None

    async def test_an_object_with_another_uid_is_not_deleted(self, api: Api, namespace: str) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        with pytest.raises(Conflict):
            await api.delete(LEASES, namespace, "one", uid="1-2-3", urgency=NOW)
        assert await api.get(LEASES, namespace, "one") == created
        await api.delete(LEASES, namespace, "one", uid=created["metadata"]["uid"], urgency=NOW)
        assert await api.get(LEASES, namespace, "one") is None

    async def test_an_object_is_deleted_with_its_owner(self, api: Api, namespace: str) -> None:
        owner = await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        await api.create(LEASES, namespace, a_lease_object("child", **owned_by(owner)), urgency=NOW)
        await api.create(LEASES, namespace, a_lease_object("other"), urgency=NOW)
        await api.delete(EXPERIMENTS, namespace, "churn", urgency=NOW)

        async def child_is_gone() -> bool:
            return await api.get(LEASES, namespace, "child") is None

        await becomes_true(child_is_gone)
        assert await api.get(LEASES, namespace, "other") is not None

    # Status

    async def test_a_status_is_not_created_with_the_object(self, api: Api, namespace: str) -> None:
        body = an_experiment_object() | {"status": {"state": "Complete"}}
        created = await api.create(EXPERIMENTS, namespace, body, urgency=NOW)
        assert "status" not in created

    async def test_the_last_applied_status_replaces_the_one_before(self, api: Api, namespace: str) -> None:
        created = await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        uid = created["metadata"]["uid"]
        await self._apply(api, namespace, {"state": "Pending", "metric": "auc"}, uid=uid)
        applied = await self._apply(api, namespace, {"state": "Searching"}, uid=uid)
        assert applied["status"]["state"] == "Searching"
        assert not applied["status"].get("metric")
        assert applied["spec"] == created["spec"]
        assert applied["metadata"]["generation"] == created["metadata"]["generation"]
        assert await api.get(EXPERIMENTS, namespace, "churn") == applied

    async def test_an_equal_status_writes_nothing(self, api: Api, namespace: str) -> None:
        await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        first = await self._apply(api, namespace, {"state": "Pending"})
        again = await self._apply(api, namespace, {"state": "Pending"})
        assert version(again) == version(first)

    @pytest.mark.parametrize("uid", ["", "1-2-3"], ids=["any uid", "one uid"])
    async def test_an_unknown_object_has_no_status(self, api: Api, namespace: str, uid: str) -> None:
        with pytest.raises(NotFound):
            await self._apply(api, namespace, {"state": "Pending"}, uid=uid)

    async def test_a_new_object_of_the_same_name_keeps_its_status(self, api: Api, namespace: str) -> None:
        first = await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        await self._apply(api, namespace, {"state": "Pending"}, uid=first["metadata"]["uid"])
        await api.delete(EXPERIMENTS, namespace, "churn", urgency=NOW)
        second = await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        with pytest.raises(Conflict):
            await self._apply(api, namespace, {"state": "Complete"}, uid=first["metadata"]["uid"])
        assert await api.get(EXPERIMENTS, namespace, "churn") == second

    async def test_a_status_is_written_whatever_others_change(self, api: Api, namespace: str) -> None:
        uid = (await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW))["metadata"]["uid"]
        for state in ("Pending", "Searching", "Finalizing"):
            applied = await self._apply(api, namespace, {"state": state}, uid=uid)
            assert applied["status"]["state"] == state
            await api.patch(EXPERIMENTS, namespace, "churn", {"metadata": {"labels": {"at": state}}}, urgency=NOW)

    async def test_a_patch_leaves_the_status_and_counts_the_generation(self, api: Api, namespace: str) -> None:
        created = await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        await self._apply(api, namespace, {"state": "Pending"})
        changes = {"spec": {"suspend": True}, "status": {"state": "Complete"}}
        patched = await api.patch(EXPERIMENTS, namespace, "churn", changes, urgency=NOW)
        assert patched["status"]["state"] == "Pending"
        assert patched["metadata"]["generation"] == created["metadata"]["generation"] + 1

    # Lists

    async def test_a_list_holds_all_objects_of_a_namespace(self, api: Api, namespace: str) -> None:
        assert (await api.list(LEASES, namespace)).items == ()
        created = [await api.create(LEASES, namespace, a_lease_object(name), urgency=NOW) for name in ("a", "b")]
        listing = await api.list(LEASES, namespace)
        assert sorted(listing.items, key=lambda item: str(item["metadata"]["name"])) == created
        assert int(listing.resource_version) >= int(version(created[-1]))
        everywhere = await api.list(LEASES)
        assert [item for item in everywhere.items if item["metadata"]["namespace"] == namespace] == list(listing.items)

    async def test_all_pages_of_a_list_show_the_same_version(self, api: Api, namespace: str) -> None:
        created = [await api.create(LEASES, namespace, a_lease_object(name), urgency=NOW) for name in ("a", "b", "c")]
        pages: list[Listing] = []
        async with aclosing(api.pages(LEASES, namespace, limit=2)) as listed:
            async for page in listed:
                pages.append(page)
                await api.create(LEASES, namespace, a_lease_object(f"later-{len(pages)}"), urgency=NOW)
        assert [len(page.items) for page in pages] == [2, 1]
        items = [item for page in pages for item in page.items]
        assert sorted(items, key=lambda item: str(item["metadata"]["name"])) == created
        assert len({page.resource_version for page in pages}) == 1

    async def test_an_empty_list_has_a_page(self, api: Api, namespace: str) -> None:
        pages = [page async for page in api.pages(LEASES, namespace)]
        assert [page.items for page in pages] == [()]
        assert int(pages[0].resource_version) > 0

    @pytest.mark.parametrize(
        ("labels", "names"),
        [("x=1", ["a"]), ("x", ["a", "b"]), ("!x", ["c"]), ("x in (1,2),y!=1", ["a"]), ("x=3", [])],
        ids=["equal", "has", "has not", "two", "none"],
    )
    async def test_a_list_can_be_selected_by_labels(
        self, api: Api, namespace: str, labels: str, names: list[str]
    ) -> None:
        for name, own in (("a", {"x": "1"}), ("b", {"x": "2", "y": "1"}), ("c", {"z": "1"})):
            await api.create(LEASES, namespace, a_lease_object(name, labels=own), urgency=NOW)
        listing = await api.list(LEASES, namespace, labels=labels)
        assert sorted(item["metadata"]["name"] for item in listing.items) == names

    async def test_a_list_can_be_selected_by_fields(self, api: Api, namespace: str) -> None:
        for name in ("a", "b"):
            await api.create(LEASES, namespace, a_lease_object(name), urgency=NOW)
        listing = await api.list(LEASES, namespace, fields="metadata.name=b")
        assert [item["metadata"]["name"] for item in listing.items] == ["b"]

    # Watches

    async def test_a_watch_reports_the_changes_since_a_version(self, api: Api, namespace: str) -> None:
        await api.create(LEASES, namespace, a_lease_object("before"), urgency=NOW)
        start = (await api.list(LEASES, namespace)).resource_version
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        async with self._watching(api, namespace, resource_version=start) as events:
            patched = await api.patch(LEASES, namespace, "one", {"spec": {"leaseTransitions": 1}}, urgency=NOW)
            await api.delete(LEASES, namespace, "one", urgency=NOW)
            seen = await self._next(events, 3)
        assert [event.type for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
        assert [event.object for event in seen[:2]] == [created, patched]
        last = seen[2].object["metadata"]
        assert last["uid"] == created["metadata"]["uid"]
        assert int(last["resourceVersion"]) > int(version(patched))

    async def test_a_watch_goes_on_where_another_ended(self, api: Api, namespace: str) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        await api.patch(LEASES, namespace, "one", {"spec": {"leaseTransitions": 1}}, urgency=NOW)
        async with self._watching(api, namespace, resource_version=version(created)) as events:
            (event,) = await self._next(events, 1)
        assert (event.type, event.object["spec"]["leaseTransitions"]) == ("MODIFIED", 1)

    async def test_a_watch_reports_an_object_that_is_no_longer_selected_as_deleted(
        self, api: Api, namespace: str
    ) -> None:
        created = await api.create(LEASES, namespace, a_lease_object(labels={"x": "1"}), urgency=NOW)
        async with self._watching(api, namespace, labels="x=1", resource_version=version(created)) as events:
            changed = await api.patch(LEASES, namespace, "one", {"metadata": {"labels": {"x": "2"}}}, urgency=NOW)
            await api.patch(LEASES, namespace, "one", {"metadata": {"labels": {"x": "1"}}}, urgency=NOW)
            seen = await self._next(events, 2)
        assert [event.type for event in seen] == ["DELETED", "ADDED"]
        assert int(seen[0].resource_version) >= int(version(changed))

    async def test_a_watch_sees_its_own_kind_only(self, api: Api, namespace: str) -> None:
        start = (await api.list(LEASES, namespace)).resource_version
        await api.create(EXPERIMENTS, namespace, an_experiment_object(), urgency=NOW)
        await api.create(LEASES, namespace, a_lease_object(), urgency=NOW)
        async with self._watching(api, namespace, resource_version=start) as events:
            (event,) = await self._next(events, 1)
        assert event.object["kind"] == "Lease"

    async def test_a_watch_from_long_ago_has_expired(self, api: Api, namespace: str) -> None:
        with pytest.raises(Expired):
            async with self._watching(api, namespace, resource_version="1") as events:
                await self._next(events, 1)

    # Inside

    async def _apply(self, api: Api, namespace: str, status: Object, uid: str = "") -> Object:
        return await api.apply_status(EXPERIMENTS, namespace, "churn", status, uid=uid, urgency=Urgency.STATUS)

    def _watching(
        self, api: Api, namespace: str, kind: Kind = LEASES, **options: Any
    ) -> "aclosing[AsyncGenerator[WatchEvent, None]]":
        return aclosing(api.watch(kind, namespace, **options))

    async def _next(self, events: AsyncGenerator[WatchEvent, None], count: int) -> list[WatchEvent]:
        seen: list[WatchEvent] = []
        async with asyncio.timeout(WAIT_SECONDS):
            async for event in events:
                if event.type != "BOOKMARK":
                    seen.append(event)
                if len(seen) == count:
                    break
        return seen
