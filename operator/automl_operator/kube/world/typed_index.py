"""Objects of one kind, grouped by their owner within a namespace. Each is parsed once when it changes.

Anyone who creates an object can choose its owner. Groups never cross namespaces, so that rights in one namespace give
no influence on another. An unchanged object stays the same Python object, so that decisions can compare by identity.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from automl_operator.kube.api.api import Object
from automl_operator.kube.api.informer_cache import Name

T = TypeVar("T")


class UnreadableObject(Exception):
    """A stored object does not match its kind's schema; the message says which object and why."""


class TypedIndex(Generic[T]):
    """`group` returns an object's group ("" for an object that is not ours); `order` is the sort key in a group.

    `report` is called with an object that cannot be read, and a message.
    """

    def __init__(
        self,
        read: Callable[[Object], T],
        group: Callable[[Object], str],
        order: Callable[[T], Any] = lambda _item: 0,
        report: Callable[[Object, str], None] = lambda _item, _message: None,
    ) -> None:
        self._read = read
        self._group = group
        self._order = order
        self._report = report
        self._groups: dict[str, dict[str, T]] = {}
        self._unreadable: dict[str, dict[str, str]] = {}
        self._disordered: set[str] = set()
        self._tuples: dict[str, tuple[T, ...]] = {}

    def change(self, old: Object | None, new: Object | None) -> None:
        """Store a change from a ListWatch."""
        before = self._group_of(old) if old is not None else ""
        after = self._group_of(new) if new is not None else ""
        if old is not None and before and before != after:
            self._remove(before, _path(old))
        if new is not None and after:
            self._put(after, _path(new), new)

    def of(self, namespace: str, group: str) -> tuple[T, ...]:
        """The objects of a group, in order. Raises UnreadableObject."""
        group = _within(namespace, group)
        for message in self._unreadable.get(group, {}).values():
            raise UnreadableObject(message)
        if group not in self._tuples and group in self._groups:
            self._tuples[group] = tuple(self._in_order(group).values())
        return self._tuples.get(group, ())

    def find(self, namespace: str, group: str, name: str) -> T | None:
        """One object of a group; None when it does not exist or cannot be read."""
        return self._groups.get(_within(namespace, group), {}).get(f"{namespace}/{name}")

    def drop(self, namespace: str, group: str) -> tuple[Name, ...]:
        """Forget a group, and return the names of its objects."""
        group = _within(namespace, group)
        paths = {*self._groups.pop(group, {}), *self._unreadable.pop(group, {})}
        self._tuples.pop(group, None)
        self._disordered.discard(group)
        return tuple((namespace, path.rpartition("/")[2]) for path in paths)

    def _group_of(self, item: Object) -> str:
        return _within(str(item["metadata"].get("namespace", "")), self._group(item))

    def _put(self, group: str, path: str, new: Object) -> None:
        self._tuples.pop(group, None)
        try:
            item = self._read(new)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            message = f"{new.get('kind', 'object')} {path} cannot be read: {where}: {first['msg']}"
            self._remove(group, path)
            self._unreadable.setdefault(group, {})[path] = message
            self._report(new, message)
            return
        self._forget(self._unreadable, group, path)
        known = self._groups.setdefault(group, {})
        # Sort only when needed: writes are frequent and mostly in order, and a search may have thousands of objects.
        if self._is_disorder(known, path, item):
            self._disordered.add(group)
        known[path] = item

    def _is_disorder(self, known: dict[str, T], path: str, item: T) -> bool:
        if path in known:
            return bool(self._order(item) != self._order(known[path]))
        return bool(known and self._order(item) < self._order(next(reversed(known.values()))))

    def _in_order(self, group: str) -> dict[str, T]:
        if group in self._disordered:
            pairs = sorted(self._groups[group].items(), key=lambda pair: self._order(pair[1]))
            self._groups[group] = dict(pairs)
            self._disordered.discard(group)
        return self._groups[group]

    def _remove(self, group: str, path: str) -> None:
        self._tuples.pop(group, None)
        self._forget(self._unreadable, group, path)
        self._forget(self._groups, group, path)
        if group not in self._groups:
            self._disordered.discard(group)

    @staticmethod
    def _forget(groups: dict[str, dict[str, Any]], group: str, path: str) -> None:
        known = groups.get(group, {})
        known.pop(path, None)
        if not known:
            groups.pop(group, None)


def _within(namespace: str, group: str) -> str:
    return f"{namespace}/{group}" if group else ""


def _path(item: Object) -> str:
    metadata = item["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"
