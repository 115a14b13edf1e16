"""The definitions follow the rules for structural schemas, and our own rules."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from generation.crds import KINDS, KindDescription, definition, root_schema

Schema = dict[str, Any]


def every_schema(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from every_schema(inner, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from every_schema(schema[key], f"{path}[]")


def of_each_kind() -> Any:
    return pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@of_each_kind()
def test_every_field_is_bounded_so_that_the_cost_of_rules_is_known(kind: KindDescription) -> None:
    bounds = {"array": "maxItems", "string": ("maxLength", "enum", "format")}
    for path, schema in every_schema(root_schema(kind)):
        if path in (".apiVersion", ".kind"):
            continue
        wanted = bounds.get(str(schema.get("type")), ())
        wanted = (wanted,) if isinstance(wanted, str) else wanted
        assert not wanted or any(bound in schema for bound in wanted), path
        if "additionalProperties" in schema:
            assert "maxProperties" in schema, path


@of_each_kind()
def test_every_field_is_described_for_kubectl_explain(kind: KindDescription) -> None:
    described = {
        f"{path}.{name}": field.get("description")
        for part in ("spec", "status")
        for path, schema in every_schema(root_schema(kind)["properties"].get(part, {}), part)
        for name, field in schema.get("properties", {}).items()
    }
    assert described
    assert [path for path, words in described.items() if not words] == []


@of_each_kind()
def test_schemas_are_structural(kind: KindDescription) -> None:
    for path, schema in every_schema(root_schema(kind)):
        assert not {"$ref", "anyOf", "oneOf", "allOf", "title"} & set(schema), path
        typed = "type" in schema or "x-kubernetes-int-or-string" in schema
        assert typed or schema == {"x-kubernetes-preserve-unknown-fields": True}, path


def test_map_lists_have_keys_that_are_required() -> None:
    required = {
        f"{kind.name}: {path}: {key}": key in schema["items"]["required"]
        for kind in KINDS
        for path, schema in every_schema(root_schema(kind))
        for key in schema.get("x-kubernetes-list-map-keys", [])
    }
    assert required
    assert [key for key, is_required in required.items() if not is_required] == []


def test_experiments_show_the_columns_of_kubectl_get() -> None:
    version = definition(KINDS[0])["spec"]["versions"][0]
    columns = [column["name"].upper() for column in version["additionalPrinterColumns"]]
    assert columns == ["STATE", "TRIALS", "BEST", "METRIC", "MODEL", "AGE"]
    assert version["subresources"] == {"status": {}}
