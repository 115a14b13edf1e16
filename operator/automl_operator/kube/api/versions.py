"""What we last saw of objects whose status we write, so that a write to an object's successor fails."""

from collections import OrderedDict
from typing import Final

from automl_operator.kube.api.api import Object

MOST: Final = 4096


class Versions:
    """resourceVersions by uid; the oldest leave when there are too many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, uid: str) -> str | None:
        """The last version that was seen."""
        return self._known.get(uid)

    def saw(self, item: Object) -> None:
        """An object as it is stored."""
        uid = str(item["metadata"]["uid"])
        self._known[uid] = str(item["metadata"]["resourceVersion"])
        self._known.move_to_end(uid)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, uid: str) -> None:
        """It is another one now."""
        self._known.pop(uid, None)
