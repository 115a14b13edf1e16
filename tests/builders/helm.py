"""The chart as Helm renders it, and the schemas of Kubernetes for its objects."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from builders.chart import CHART
from builders.source_tree import ROOT

RELEASE, NAMESPACE = "automl", "automl-system"
Manifest = dict[str, Any]


class HelmRefused(Exception):
    """Helm has failed; the message is Helm's output."""


@dataclass(frozen=True)
class Tools:
    """The programs that judge the chart."""

    helm: Path
    kubeconform: Path
    unittest: Path

    def run_helm(self, *arguments: str, values: dict[str, Any] | None = None) -> str:
        """The output of helm. Raises HelmRefused when helm fails."""
        done = subprocess.run(
            [self.helm, *arguments, *(["--values", "-"] if values else [])],
            input=yaml.safe_dump(values),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HelmRefused(done.stderr + done.stdout)
        return done.stdout

    def text(self, values: dict[str, Any]) -> str:
        """The text that helm renders without a cluster; cached by its values."""
        return _rendered(self, json.dumps(values))

    def render(self, values: dict[str, Any]) -> list[Manifest]:
        """The chart's manifests, including those of `helm test`."""
        return [manifest for manifest in yaml.safe_load_all(self.text(values)) if manifest]

    def notes(self, values: dict[str, Any]) -> str:
        """The notes that helm prints after an install."""
        place = ("install", RELEASE, str(CHART), "--namespace", NAMESPACE)
        return self.run_helm(*place, "--dry-run=client", values=values).partition("NOTES:\n")[2]

    def problems(self, manifests: str, schemas: Path) -> str:
        """The problems that kubeconform finds in manifests; empty for none."""
        location = f"{schemas}/{{{{.Group}}}}_{{{{.ResourceAPIVersion}}}}_{{{{.ResourceKind}}}}.json"
        done = subprocess.run(
            [self.kubeconform, "-strict", "-schema-location", location, "-"],
            input=manifests,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr if done.returncode else ""


@cache
def _rendered(tools: Tools, values: str) -> str:
    return tools.run_helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, values=json.loads(values))


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """The manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def write_schemas(folder: Path) -> None:
    """Write a strict JSON schema for each kind, from the OpenAPI document of the Kubernetes version under test."""
    definitions = _definitions()
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", ()):
            version = kind["version"]
            file = folder / f"{kind['group'] or version}_{version}_{kind['kind'].lower()}.json"
            needed = {inner: definitions[inner] for inner in _reachable(name, definitions)}
            file.write_text(json.dumps({"$ref": f"#/definitions/{name}", "definitions": needed}), encoding="utf-8")


@cache
def _definitions() -> dict[str, Any]:
    module = subprocess.run(
        ["go", "mod", "download", "-json", "k8s.io/kubernetes"],
        cwd=ROOT / "tools/cluster/go/kubernetes",
        capture_output=True,
        text=True,
        check=True,
    )
    document = Path(json.loads(module.stdout)["Dir"]) / "api/openapi-spec/swagger.json"
    loaded = json.loads(document.read_text(encoding="utf-8"))["definitions"]
    return {name: _strict(name, definition) for name, definition in loaded.items()}


def _strict(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """The schema that refuses unknown fields, allows null for any field, and a number for a quantity."""
    if name.endswith((".Quantity", ".IntOrString")):
        return {"type": ["string", "number"]}
    if "properties" not in definition:
        return definition
    nullable = {key: {"anyOf": [value, {"type": "null"}]} for key, value in definition["properties"].items()}
    return {**definition, "properties": nullable, "additionalProperties": False}


def _reachable(name: str, definitions: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += _references(definitions[current])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _references(entry)
    elif isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/definitions/")
        for value in node.values():
            yield from _references(value)
