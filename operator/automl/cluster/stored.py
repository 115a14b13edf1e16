"""Look up stored objects, and read them as the contract's models."""

from typing import TypeVar

from pydantic import ValidationError

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import ApiRefused, NotFound
from automl.cluster.refusals import absent
from automl.invocation import command_name
from automl_api.base import Model
from automl_api.did_you_mean import did_you_mean
from automl_api.kinds import EXPERIMENTS

M = TypeVar("M", bound=Model)


def read_object(model: type[M], stored: Object) -> M:
    """A stored object as a model. Raises ApiRefused where an operator of another version wrote it unreadably."""
    try:
        return model.read(stored)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ApiRefused(
            f"{stored['kind']} {stored['metadata']['name']} cannot be read ({field}: {first['msg']}); the operator in "
            "this cluster is of another version than this command: install the same one"
        ) from error


def existing(cluster: Cluster, name: str) -> Object:
    """A stored experiment. Raises NotFound; the message suggests the closest name."""
    found = cluster.get(EXPERIMENTS, name)
    if found is not None:
        return found
    names = [other["metadata"]["name"] for other in cluster.list(EXPERIMENTS)]
    hint = did_you_mean(name, names)
    hint = f".{hint}" if hint else f"; {command_name()} apply creates one"
    raise NotFound(absent(EXPERIMENTS, name, cluster.place, hint))
