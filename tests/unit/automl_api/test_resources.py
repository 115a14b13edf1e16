"""Resources are read strictly from users and leniently from the store."""

from typing import Any

import pytest
from pydantic import ValidationError

from automl_api.resources import Condition, Configuration, Experiment, Trial
from automl_api.resources.conditions import with_condition

MANIFEST: dict[str, Any] = {
    "metadata": {"name": "churn"},
    "spec": {"data": {"uri": "example:adult"}, "target": "class"},
}


def test_stored_objects_may_have_fields_of_a_newer_program() -> None:
    newer = {**MANIFEST, "spec": {**MANIFEST["spec"], "novelty": 1}, "status": {"state": "Pending", "mood": "good"}}
    assert Experiment.read(newer).spec.target == "class"


def test_user_input_may_not_have_unknown_fields() -> None:
    with pytest.raises(ValidationError, match="novelty"):
        Experiment.read_strictly({**MANIFEST, "spec": {**MANIFEST["spec"], "novelty": 1}})


def test_manifests_are_camel_case_and_read_back_equal() -> None:
    experiment = Experiment.read(MANIFEST)
    assert experiment.to_dict()["spec"]["earlyStopping"] == {"algorithm": "auto"}
    assert Experiment.read(experiment.to_dict()) == experiment
    assert Experiment.read_json(experiment.to_json()) == experiment


def test_parameters_keep_their_json_types() -> None:
    parameters = {"rounds": 1, "rate": 0.5, "bagging": True, "kind": "gbdt", "whole": 2.0}
    trial = Trial.read(
        {
            "metadata": {"name": "churn-0b1c2-0"},
            "spec": {
                "experiment": "churn",
                "index": 0,
                "configuration": {"learner": "linear", "parameters": parameters},
            },
        }
    )
    read = Trial.read_json(trial.to_json()).spec.configuration.parameters
    assert {name: type(value) for name, value in read.items()} == {n: type(v) for n, v in parameters.items()}


def test_equal_configurations_have_equal_keys_whatever_the_order() -> None:
    one = Configuration(learner="linear", parameters={"a": 1, "b": 2})
    other = Configuration(learner="linear", parameters={"b": 2, "a": 1})
    assert one.key == other.key
    assert one.key != Configuration(learner="linear", parameters={"a": 1, "b": 3}).key


def test_a_configuration_is_the_same_after_an_api_server_has_stored_it() -> None:
    """An API server's JSON has one type of number, so 1.0 comes back as 1."""
    asked = Configuration(learner="linear", parameters={"c": 1.0, "n": 3, "b": True})
    stored = Configuration(learner="linear", parameters={"c": 1, "n": 3, "b": True})
    assert asked.key == stored.key
    assert asked.key != Configuration(learner="linear", parameters={"c": True, "n": 3, "b": True}).key


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    def ready(status: str, minute: int) -> Condition:
        return Condition.read({
            "type": "Ready", "status": status, "reason": "Because", "lastTransitionTime": f"2026-01-01T00:{minute:02d}:00Z",
        })  # fmt: skip

    first = with_condition((), ready("True", 1))
    assert with_condition(first, ready("True", 2))[0].last_transition_time == first[0].last_transition_time
    assert with_condition(first, ready("False", 2))[0].last_transition_time != first[0].last_transition_time
