"""Reduces an object to the metadata that orders its versions and says which experiment it belongs to."""

from sys import intern
from typing import Any, Final

from automl_operator.kube.api.api import Object

_KEPT: Final = ("name", "namespace", "uid", "resourceVersion", "generation", "deletionTimestamp", "labels")
_OF_AN_OWNER: Final = ("apiVersion", "kind", "name", "uid", "controller")


def metadata_only(item: Object) -> Object:
    """The object without spec and status, which may be many kilobytes. Texts that objects share are stored once."""
    metadata = item["metadata"]
    kept = {name: _interned(metadata[name]) for name in _KEPT if name in metadata}
    if owners := metadata.get("ownerReferences"):
        kept["ownerReferences"] = [
            {name: _interned(owner[name]) for name in _OF_AN_OWNER if name in owner} for owner in owners
        ]
    return {"metadata": kept}


def _interned(value: Any) -> Any:
    if isinstance(value, str):
        return intern(value)
    return {intern(key): _interned(text) for key, text in value.items()} if isinstance(value, dict) else value
