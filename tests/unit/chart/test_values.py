"""The chart's values: each is explained, checked and used, and agrees with the operator's own settings."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from automl_operator.kube.pool import PoolSettings
from automl_operator.kube.settings import OperatorSettings
from builders.chart import CHART, blanked, commented_pools, template_text, values, values_schema
from builders.source_tree import pyproject

# Values that Kubernetes checks, because the chart passes them on, and values that the chart does not own.
HANDED_ON = {"podSecurityContext", "securityContext", "affinity", "global"}


def aliases(model: Any) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


def known_to_schema(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The known fields of an object; None for a map from names to objects."""
    return dict(schema.get("properties", {}))


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of type object, at any depth."""
    if isinstance(schema, list):
        for number, entry in enumerate(schema):
            yield from objects(entry, f"{path}[{number}]")
    elif isinstance(schema, dict):
        if schema.get("type") == "object":
            yield path, schema
        for key, value in schema.items():
            yield from objects(value, f"{path}.{key}")


def differences(given: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Values that are not in the schema, and fields of the schema that are not in values.yaml."""
    known = known_to_schema(schema)
    if not known or not isinstance(given, dict):
        return
    for name in known.keys() ^ given.keys():
        yield f"{path}.{name}"
    for name in known.keys() & given.keys():
        yield from differences(given[name], known[name], f"{path}.{name}")


def leaves(given: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and given:
        for name, value in given.items():
            yield from leaves(value, f"{path}.{name}")
    else:
        yield path


def is_used(path: str) -> bool:
    """True if a template names a value, or one of the sections that contain it."""
    text = template_text().replace("$policy := .Values.networkPolicy", "").replace("$policy", ".Values.networkPolicy")
    parts = path.split(".")[1:]
    sections = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return any(re.search(rf"\.Values\.{re.escape(section)}(?![\w.])", text) for section in sections)


def test_chart_and_program_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == pyproject()["project"]["version"]


def test_the_values_and_the_schema_have_the_same_fields() -> None:
    assert sorted(differences(values(), values_schema())) == [".global"]


def test_a_pool_that_is_shown_has_every_field() -> None:
    assert values()["pools"]["cpu"].keys() == aliases(PoolSettings)


def test_the_schema_allows_nothing_unknown() -> None:
    lists = {f".properties.{name}.items" for name in ("topologySpreadConstraints",)}
    handed_on = {f".properties.{name}" for name in HANDED_ON} | lists
    rules = (".properties.rbac.properties.extraRules", ".properties.networkPolicy.properties.")
    open_ = {path for path, schema in objects(values_schema()) if "additionalProperties" not in schema}
    assert {path for path in open_ if not path.startswith(rules)} == handed_on
    assert not [path for path, schema in objects(values_schema()) if schema.get("additionalProperties") is True]


def test_every_value_is_used() -> None:
    assert [path for path in leaves(values(), "") if not is_used(path)] == []


def test_the_configuration_has_every_setting() -> None:
    shape = blanked("automl-operator.config")
    assert shape.keys() == aliases(OperatorSettings)
    for name, field in OperatorSettings.model_fields.items():
        section = shape[str(field.alias)]
        if isinstance(section, dict):
            assert section.keys() == aliases(field.annotation), name


@pytest.mark.parametrize("section", ["api", "log", "store", "claim"])
def test_a_section_has_the_defaults_of_the_settings(section: str) -> None:
    expected = OperatorSettings.model_fields[section].annotation
    assert expected is not None
    assert expected.read_strictly(values()[section]) == expected()


def test_a_pool_has_the_defaults_of_the_settings() -> None:
    shown = PoolSettings.read_strictly(values()["pools"]["cpu"])
    assert shown == PoolSettings(resources=shown.resources)
    assert list(shown.problems()) == []


@pytest.mark.parametrize(
    ("name", "accelerator"),
    [("gpu", "nvidia.com/gpu"), ("tpu", "google.com/tpu")],
)
def test_a_pool_that_is_commented_out_could_be_used(name: str, accelerator: str) -> None:
    pool = PoolSettings.read_strictly(commented_pools()[name])
    assert pool.accelerator == accelerator
    assert list(pool.problems()) == []
