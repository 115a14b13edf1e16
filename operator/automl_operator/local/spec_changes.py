"""Tells the user what of a spec changed since the run began, and what only a cluster uses."""

from typing import Any

from automl_api.resources import ExperimentSpec
from automl_api.rules import MUTABLE_FIELDS, changed_fields
from automl_api.schemes import SECRET_TEXT

_CREDENTIALS = f"credentials are taken from the environment variables {SECRET_TEXT}"
FOR_A_CLUSTER = {
    "store": "prepared data and models are kept in the run's folder, which --out names",
    "pools": "all work is done on this machine",
    "serviceAccountName": "the work is done with your own rights",
    "data.secretRef": _CREDENTIALS,
    "evaluation.test.secretRef": _CREDENTIALS,
}
"""The fields without a meaning on one machine, and what applies instead."""


def differences(stored: ExperimentSpec, requested: ExperimentSpec) -> tuple[str, ...]:
    """A sentence for each changed field that must not change: `target was "churn" and is now "age"`."""
    before, after = stored.to_dict(), requested.to_dict()
    return tuple(
        f"{field} was {_shown(_value_at(before, field))} and is now {_shown(_value_at(after, field))}"
        for field in changed_fields(stored, requested)
    )


def with_changes(stored: ExperimentSpec, requested: ExperimentSpec) -> ExperimentSpec:
    """The stored spec with the mutable fields of the new one."""
    fields = ExperimentSpec.model_fields
    changes = {name: getattr(requested, name) for name in fields if fields[name].alias in MUTABLE_FIELDS}
    return stored.replace(**changes)


def ignored(spec: ExperimentSpec) -> tuple[str, ...]:
    """A sentence for each given field that is ignored: `spec.store is ignored on one machine: ...`."""
    usual = ExperimentSpec(data=spec.data.replace(secret_ref=None), target=spec.target).to_dict()
    given = spec.to_dict()
    return tuple(
        f"spec.{field} is ignored on one machine: {instead}"
        for field, instead in FOR_A_CLUSTER.items()
        if _value_at(given, field) != _value_at(usual, field)
    )


def _value_at(spec: Any, field: str) -> Any:
    """The value in a spec's JSON at a field such as `data.uri`; None without one."""
    for part in field.split("."):
        spec = spec.get(part) if isinstance(spec, dict) else None
    return spec


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "not given"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f'"{value}"' if isinstance(value, str) else str(value)
