"""Structural schemas from the models of the contract, as CustomResourceDefinitions need them.

A structural schema has no `$ref`, no union and no `title`. The API server estimates the cost of a rule from the
greatest size of its values; so everything gets a bound.
"""

import types
import typing
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from automl_api.base import Model, Scalar
from automl_api.rules import Rule

Schema = dict[str, Any]
Members = Sequence[Any]
DEFAULT_MAX_LENGTH = 1024
DEFAULT_MAX_ITEMS = 1000
DEFAULT_MAX_PROPERTIES = 64


def object_schema(model: type[Model], rules: Sequence[Rule] = (), path: tuple[str, ...] = ()) -> Schema:
    """The schema of a model with the CEL rules at or below `path`."""
    fields = {str(field.alias): field for field in model.model_fields.values()}
    schema: Schema = {
        "type": "object",
        "properties": {name: _field_schema(field, rules, (*path, name)) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.is_required()]
    if required:
        schema["required"] = required
    validations = [_validation(rule) for rule in rules if rule.path == path and rule.cel]
    if validations:
        schema["x-kubernetes-validations"] = validations
    return schema


def _validation(rule: Rule) -> Schema:
    return {"rule": rule.cel, "message": f"{rule.field} {rule.message}"}


def _field_schema(field: FieldInfo, rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    schema = _type_schema(field.annotation, field.metadata, rules, path)
    description = {"description": field.description} if field.description else {}
    return {**description, **schema, **_default(field)}


def _default(field: FieldInfo) -> Schema:
    if field.is_required() or field.default is None:
        return {}
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, Model):
        # In full: the server checks a default against the rules before it fills in the defaults below it.
        return {} if _has_required(type(value)) else {"default": value.to_dict()}
    if isinstance(value, tuple | dict):
        return {"default": [] if isinstance(value, tuple) else {}} if not value else {"default": value}
    return {"default": value}


def _has_required(model: type[Model]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def _type_schema(annotation: Any, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    if annotation == Scalar:
        return {"x-kubernetes-preserve-unknown-fields": True}
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return object_schema(annotation, rules, path)
    compound = _COMPOUND.get(get_origin(annotation))
    if compound:
        return compound(get_args(annotation), metadata, rules, path)
    return _plain_schema(annotation, metadata)


def _annotated_schema(
    members: Members, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]
) -> Schema:
    inner, *more = members
    return _type_schema(inner, [*metadata, *_constraints(more)], rules, path)


def _word_schema(members: Members, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    del metadata, rules, path
    return {"type": "string", "enum": list(members)}


def _constraints(metadata: Sequence[Any]) -> list[Any]:
    return [part for entry in metadata for part in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]


def _union_schema(members: Members, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    """An optional value, or a whole number that may also be a word: `int or Literal`."""
    some = [member for member in members if member is not types.NoneType]
    if len(some) == 1:
        return _type_schema(some[0], metadata, rules, path)
    words = [word for member in some if get_origin(member) is Literal for word in get_args(member)]
    numbers = [member for member in some if get_origin(member) is not Literal]
    bounds = _type_schema(numbers[0], metadata, rules, path)
    rule = f"type(self) == int ? self >= {bounds['minimum']} && self <= {bounds['maximum']} : self in {words}"
    message = f"must be {', '.join(words)} or a whole number from {bounds['minimum']} to {bounds['maximum']}"
    return {
        "x-kubernetes-int-or-string": True,
        "maxLength": max(map(len, words)),
        "x-kubernetes-validations": [{"rule": rule.replace('"', "'"), "message": message}],
    }


def _list_schema(members: Members, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    items = _type_schema(members[0], (), rules, (*path, "[]"))
    schema: Schema = {"type": "array", "items": items, "maxItems": _bound(metadata, MaxLen, DEFAULT_MAX_ITEMS)}
    least = _bound(metadata, MinLen, 0)
    if least:
        schema["minItems"] = least
    for key in ("name",) if path[-1] == "columns" else ("type", "name", "trial", "fold"):
        if key in items.get("required", ()) and (
            path[-1] in ("conditions", "pools") or path[-2:] == ("data", "columns")
        ):
            return schema | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
    is_object = items.get("type") == "object"
    return schema | {"x-kubernetes-list-type": "atomic" if is_object or path[0] == "status" else "set"}


def _map_schema(members: Members, metadata: Sequence[Any], rules: Sequence[Rule], path: tuple[str, ...]) -> Schema:
    values = _type_schema(members[1], (), rules, (*path, "{}"))
    return {
        "type": "object",
        "additionalProperties": values,
        "maxProperties": _bound(metadata, MaxLen, DEFAULT_MAX_PROPERTIES),
    }


def _plain_schema(annotation: Any, metadata: Sequence[Any]) -> Schema:
    if annotation is bool:
        return {"type": "boolean"}
    if annotation in (int, float):
        schema: Schema = {"type": "integer", "format": "int64"} if annotation is int else {"type": "number"}
        for constraint, key, read in ((Ge, "minimum", "ge"), (Le, "maximum", "le")):
            found = [getattr(entry, read) for entry in metadata if isinstance(entry, constraint)]
            schema |= {key: found[0]} if found else {}
        return schema
    if annotation is str:
        return _text_schema(metadata)
    if annotation in (datetime, AwareDatetime):
        return {"type": "string", "format": "date-time"}
    raise TypeError(f"{annotation!r} has no structural schema; use a type that generation/schema.py knows")


def _text_schema(metadata: Sequence[Any]) -> Schema:
    schema: Schema = {"type": "string", "maxLength": _bound(metadata, MaxLen, DEFAULT_MAX_LENGTH)}
    least = _bound(metadata, MinLen, 0)
    patterns = [entry.pattern for entry in metadata if getattr(entry, "pattern", None)]
    return schema | ({"minLength": least} if least else {}) | ({"pattern": patterns[0]} if patterns else {})


def _bound(metadata: Sequence[Any], constraint: type[MaxLen] | type[MinLen], default: int) -> int:
    found = [entry for entry in metadata if isinstance(entry, constraint)]
    if not found:
        return default
    return found[0].max_length if isinstance(found[0], MaxLen) else found[0].min_length


_COMPOUND: dict[Any, Callable[[Members, Sequence[Any], Sequence[Rule], tuple[str, ...]], Schema]] = {
    typing.Annotated: _annotated_schema,
    typing.Union: _union_schema,
    types.UnionType: _union_schema,
    Literal: _word_schema,
    tuple: _list_schema,
    dict: _map_schema,
}
