"""One base for every model of the contract, and the two ways to read one.

User input is read strictly, so that a typo is an error. Stored objects and protocol messages are
read leniently, so that an older program can read what a newer one wrote.
"""

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Scalar = bool | int | float | str
"""A JSON scalar: the value of one parameter of a configuration."""


class Model(BaseModel):
    """A frozen value: snake_case here, camelCase in manifests; a field's docstring is its description for users."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        use_attribute_docstrings=True,
        ser_json_inf_nan="null",
    )

    @classmethod
    def read_strictly(cls, data: dict[str, Any]) -> Self:
        """Read user input: unknown keys and wrong JSON types raise `pydantic.ValidationError`."""
        return cls.model_validate_json(json.dumps(data), strict=True, extra="forbid")

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Read a stored object or a message: unknown keys are ignored."""
        return cls.model_validate(data)

    @classmethod
    def read_json(cls, text: str | bytes) -> Self:
        """Read a stored object or a message from JSON text: unknown keys are ignored."""
        return cls.model_validate_json(text)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as the API server stores it: camelCase, fields that are None left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_json(self) -> str:
        """The JSON text of `to_dict`."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed (snake_case names); values are not validated again."""
        return self.model_copy(update=changes)
