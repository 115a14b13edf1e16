"""Compares two specs, and describes their differences to the user."""

from typing import Any

from automl_api.resources import ExperimentSpec
from automl_api.rules import MUTABLE_FIELDS, changed_fields


def differences(stored: ExperimentSpec, requested: ExperimentSpec) -> tuple[str, ...]:
    """A sentence for each changed field that must not change: `target was "churn" and is now "age"`."""
    before, after = stored.to_dict(), requested.to_dict()
    return tuple(
        f"{field} was {_shown(value_at(before, field))} and is now {_shown(value_at(after, field))}"
        for field in changed_fields(stored, requested)
    )


def with_changes(stored: ExperimentSpec, requested: ExperimentSpec) -> ExperimentSpec:
    """The stored spec with the mutable fields of the new one."""
    fields = ExperimentSpec.model_fields
    changes = {name: getattr(requested, name) for name in fields if fields[name].alias in MUTABLE_FIELDS}
    return stored.replace(**changes)


def value_at(spec: Any, field: str) -> Any:
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
