"""Remembers resourceVersions, so that a status write fails when another object has taken the name."""

from collections import OrderedDict
from typing import Final

from automl_operator.kube.api.api import Object

MOST: Final = 4096


class Versions:
    """resourceVersions by uid; the oldest are dropped when there are more than `most`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, uid: str) -> str | None:
        """The last version seen of an object; None when it is unknown."""
        return self._known.get(uid)

    def saw(self, item: Object) -> None:
        """Remember the version of an object as stored."""
        uid = str(item["metadata"]["uid"])
        self._known[uid] = str(item["metadata"]["resourceVersion"])
        self._known.move_to_end(uid)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, uid: str) -> None:
        """Forget an object's version, because it is out of date."""
        self._known.pop(uid, None)
