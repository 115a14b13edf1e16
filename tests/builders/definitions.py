"""The validation rules of our custom resource definitions, read from the definitions themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEFINITIONS = Path(__file__).parents[2] / "crds"


@dataclass(frozen=True)
class WrittenRule:
    """A rule in CEL: the kind and the field that it is about, and the message for a user who breaks it."""

    plural: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.plural}: {self.message}"


def written_rules() -> tuple[WrittenRule, ...]:
    """Every rule of every definition."""
    return tuple(
        rule for file in sorted(DEFINITIONS.glob("*.yaml")) for rule in _rules_of(yaml.safe_load(file.read_text()))
    )


def _rules_of(definition: dict[str, Any]) -> Iterator[WrittenRule]:
    for version in definition["spec"]["versions"]:
        for field, message in _walk(version["schema"]["openAPIV3Schema"], ()):
            yield WrittenRule(definition["spec"]["names"]["plural"], field, message)


def _walk(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for rule in schema.get("x-kubernetes-validations", ()):
        yield ".".join(path), rule["message"]
    for name, inner in schema.get("properties", {}).items():
        yield from _walk(inner, (*path, name))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _walk(schema[key], (*path, "*"))
