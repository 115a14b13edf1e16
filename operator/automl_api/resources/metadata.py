"""The part of Kubernetes' object metadata that we read and write."""

from pydantic import AwareDatetime, Field

from automl_api.base import Model


class OwnerReference(Model):
    """An owner of an object, which is deleted with its last owner."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False


class ObjectMeta(Model):
    """An object's identity; the World sets `uid`, `generation` and the times."""

    name: str
    namespace: str = "default"
    uid: str = ""
    generation: int = 1
    resource_version: str = ""
    creation_timestamp: AwareDatetime | None = None
    deletion_timestamp: AwareDatetime | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    owner_references: tuple[OwnerReference, ...] = ()
