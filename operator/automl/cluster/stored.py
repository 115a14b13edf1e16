"""Objects as the API server has them, read as the contract's models."""

from typing import TypeVar

from pydantic import ValidationError

from automl.cluster.api import Object
from automl.cluster.errors import ApiRefused
from automl_api.base import Model

M = TypeVar("M", bound=Model)


def read_object(model: type[M], stored: Object) -> M:
    """A stored object. Raises ApiRefused where a newer operator has written what this program does not know."""
    try:
        return model.read(stored)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ApiRefused(
            f"{stored['kind']} {stored['metadata']['name']} cannot be read ({field}: {first['msg']}); the operator in "
            "this cluster is of another version than this command: install the same one"
        ) from error
