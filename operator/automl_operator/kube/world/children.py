"""Keeps plans or trials in memory while their experiment runs, and only their names once it has ended.

Nothing is decided on ended experiments, and most objects in a cluster are their trials.
"""

from typing import Generic, TypeVar

from automl_operator.kube.api.api import Object
from automl_operator.kube.api.informer_cache import Name
from automl_operator.kube.manifests.belonging import life_of
from automl_operator.kube.world.typed_index import TypedIndex

T = TypeVar("T")


class Children(Generic[T]):
    """An index of objects by their experiment's uid, and the names of the objects that are left out of it."""

    def __init__(self, index: TypedIndex[T]) -> None:
        self._index = index
        self._left_out: dict[str, set[Name]] = {}

    def change(self, name: Name, old: Object | None, new: Object | None, *, ended: bool) -> None:
        """Store a change from a ListWatch; `ended`: its experiment has ended."""
        self._index.change(old, None if ended else new)
        if old is not None:
            self._forget(life_of(old), name)
        if new is not None and ended:
            self._left_out.setdefault(life_of(new), set()).add(name)

    def leave_out(self, namespace: str, uid: str) -> None:
        """Drop the objects of an experiment that has ended, and keep their names."""
        if names := self._index.drop(namespace, uid):
            self._left_out.setdefault(uid, set()).update(names)

    def left_out(self, uid: str) -> frozenset[Name]:
        """The names of an experiment's objects that are not in memory."""
        return frozenset(self._left_out.get(uid, ()))

    def _forget(self, uid: str, name: Name) -> None:
        names = self._left_out.get(uid, set())
        names.discard(name)
        if not names:
            self._left_out.pop(uid, None)
