"""Rules that a schema cannot express, and the fields that may change after the start."""

import pytest

from automl_api.resources import ExperimentSpec
from automl_api.rules import EXPERIMENT_RULES, MUTABLE_FIELDS, changed_fields, transition_rules

SPEC = ExperimentSpec.read({"data": {"uri": "example:adult"}, "target": "class"})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"target": "age"}, ("target",)),
        ({"data": {"uri": "example:adult", "format": "csv"}}, ("data.format",)),
        ({"positiveClass": ">50K"}, ("positiveClass",)),
        ({"search": {"seed": 1}}, ("search.seed",)),
        ({"budget": {"time": "9h"}, "parallelism": 2, "suspend": True, "stop": True}, ()),
    ],
)
def test_changes_of_immutable_fields_are_found(change: dict[str, object], fields: tuple[str, ...]) -> None:
    assert changed_fields(SPEC, ExperimentSpec.read(SPEC.to_dict() | change)) == fields


def test_every_field_of_the_spec_is_either_mutable_or_guarded() -> None:
    guarded = {rule.field for rule in transition_rules()}
    every = {str(field.alias) for field in ExperimentSpec.model_fields.values()}
    assert guarded | set(MUTABLE_FIELDS) == every
    assert not guarded & set(MUTABLE_FIELDS)


def test_every_rule_is_at_the_schema_of_its_fields() -> None:
    assert EXPERIMENT_RULES
    for rule in EXPERIMENT_RULES:
        assert rule.field.startswith(".".join(rule.path) or "metadata")
