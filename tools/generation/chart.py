"""The chart's generated parts: the CustomResourceDefinitions as templates, and the schema of the values.

The definitions are templates, because Helm never upgrades a chart's `crds/` folder. Uninstalling keeps them, because
their deletion would delete every experiment and model.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from automl_operator.kube.pool import MAX_POOL_NAME
from automl_operator.kube.quantities import QUANTITY_PATTERN
from automl_operator.kube.settings import OperatorSettings
from generation.crds import KindDescription, definition
from generation.schema import Schema

_HEAD = """\
{{- if .Values.crds.enabled }}
%(notice)sapiVersion: %(apiVersion)s
kind: %(kind)s
metadata:
  name: %(name)s
  labels:
    {{- include "automl-operator.labels" . | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
"""
_FOOT = "{{- end }}\n"


def crd_template(kind: KindDescription, notice: str, dump: Callable[[object], str]) -> str:
    """A kind's definition behind `crds.enabled`. Raises ValueError where Helm would read its text as a template."""
    whole = definition(kind)
    body = dump({"spec": whole["spec"]})
    if "{{" in body:
        raise ValueError(
            f"the definition of {kind.name} has {{{{ in a text, which Helm would read as a template; reword it"
        )
    names = {
        "notice": notice,
        "apiVersion": whole["apiVersion"],
        "kind": whole["kind"],
        "name": whole["metadata"]["name"],
    }
    return _HEAD % names + body + _FOOT


def values_schema() -> str:
    """The JSON schema of the chart's values: the operator's settings as it reads them, without unknown keys."""
    settings = _plain(OperatorSettings.model_json_schema(by_alias=True))
    own: Schema = settings["properties"]
    schema = _closed(
        {name: own[name] for name in ("namespaces", "store", "claim", "pools", "log", "api")} | _values(own),
        title="Values of the chart automl-operator",
    )
    pools: Schema = schema["properties"]["pools"]
    pools["patternProperties"] = {pattern: _pool(pool) for pattern, pool in pools["patternProperties"].items()}
    pools |= {"additionalProperties": False, "propertyNames": {"maxLength": MAX_POOL_NAME}}
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, indent=2) + "\n"


def _closed(properties: Mapping[str, Schema], **more: object) -> Schema:
    return {**more, "type": "object", "additionalProperties": False, "properties": dict(properties)}


_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_TEXTS: Final[Schema] = {"type": "object", "additionalProperties": _TEXT}
_KUBERNETES: Final[Schema] = {"type": "object", "description": "As in a pod; Kubernetes checks it."}
_LIST: Final[Schema] = {"type": "array", "items": {"type": "object"}}


def _values(settings: Schema) -> dict[str, Schema]:
    """The values that are not settings of the operator."""
    runner: Schema = settings["runner"]["properties"]
    pool: Schema = next(iter(settings["pools"]["patternProperties"].values()))["properties"]
    secret_name = runner["imagePullSecrets"]["items"]["properties"]["name"] | {"description": "The Secret's name."}
    image = _closed(
        {
            "repository": {"type": "string", "minLength": 1},
            "tag": _TEXT,
            "digest": {"type": "string", "pattern": "^$|^sha256:[0-9a-f]{64}$"},
            "pullPolicy": runner["imagePullPolicy"],
        }
    )
    ports: Schema = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 65535}}
    return {
        "global": {"type": "object", "description": "The values that all charts of a parent chart share; not read."},
        "runner": _closed({"image": image, "runAsUser": runner["runAsUser"]}),
        "image": image,
        "imagePullSecrets": {"type": "array", "items": _closed({"name": secret_name}, required=["name"])},
        "replicas": {"type": "integer", "minimum": 0, "maximum": 10},
        "tls": _closed({"secretName": {"type": "string", "maxLength": 253}}),
        "crds": _closed({"enabled": _FLAG}),
        "rbac": _closed({"create": _FLAG, "aggregate": _FLAG, "extraRules": _LIST}),
        "serviceAccount": _closed({"create": _FLAG, "name": _TEXT, "annotations": _TEXTS}),
        "metrics": _closed({"service": _closed({"enabled": _FLAG, "annotations": _TEXTS})}),
        "networkPolicy": _closed(
            {
                "enabled": _FLAG,
                "metricsFrom": _LIST,
                "apiServer": _LIST,
                "apiServerPorts": ports,
                "runnerNamespaces": _described(settings["namespaces"], "Namespaces whose runners get a policy."),
                "storeEgress": _LIST,
            }
        ),
        "resources": _described(pool["resources"], "The operator's resource requests and limits."),
        "podSecurityContext": _KUBERNETES,
        "securityContext": _KUBERNETES,
        "podAnnotations": _TEXTS,
        "podLabels": _TEXTS,
        "priorityClassName": _TEXT,
        "nodeSelector": _TEXTS,
        "tolerations": pool["tolerations"],
        "affinity": _KUBERNETES,
        "topologySpreadConstraints": _LIST,
        "terminationGracePeriodSeconds": {"type": "integer", "minimum": 1},
        "fullnameOverride": {"type": "string", "pattern": "^$|^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$"},
    }


def _plain(schema: Schema) -> Schema:
    """A pydantic schema with its references filled in, its titles removed, and every object closed."""
    definitions: Schema = schema.get("$defs", {})

    def fill(node: Any) -> Any:
        if isinstance(node, list):
            return [fill(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return fill(definitions[node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"})
        if node.get("pattern") == QUANTITY_PATTERN:
            return {"anyOf": [{"type": "string", "pattern": QUANTITY_PATTERN}, {"type": "number", "minimum": 0}]}
        return _object({key: fill(value) for key, value in node.items() if key not in ("$defs", "title", "default")})

    filled: Schema = fill(schema)
    return filled


def _object(node: Schema) -> Schema:
    """Close an object that has fields of its own."""
    return {**node, "additionalProperties": False} if "properties" in node else node


def _pool(schema: Schema) -> Schema:
    """The schema of a pool, with its memory required: without it the operator would not start."""
    memory = [
        {"required": [place], "properties": {place: {"required": ["memory"]}}} for place in ("limits", "requests")
    ]
    resources = schema["properties"]["resources"] | {"anyOf": memory}
    return {**schema, "properties": schema["properties"] | {"resources": resources}, "required": ["resources"]}


def _described(schema: Schema, description: str) -> Schema:
    """A type of the operator's settings in another use."""
    return {**schema, "description": description}
