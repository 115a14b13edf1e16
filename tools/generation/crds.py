"""The four CustomResourceDefinitions, from the models and the rules of the contract."""

from dataclasses import dataclass
from typing import Any

from automl_api.base import Model
from automl_api.names import GROUP, VERSION
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.rules import EXPERIMENT_RULES, Rule, transition_rules
from generation.schema import Schema, object_schema


@dataclass(frozen=True)
class KindDescription:
    """A kind, with the parts of its definition that the model lacks. A column: name, type, path, description."""

    model: type[Model]
    plural: str
    short: str
    columns: tuple[tuple[str, str, str, str], ...]
    rules: tuple[Rule, ...] = ()
    validations: tuple[Schema, ...] = ()
    spec_is_immutable: bool = True

    @property
    def name(self) -> str:
        """The kind's name, for example AutoMLTrial."""
        return str(self.model.model_fields["kind"].default)


_AGE = ("Age", "date", ".metadata.creationTimestamp", "Time since it was created.")

KINDS = (
    KindDescription(
        Experiment,
        "automlexperiments",
        "amlexp",
        (
            ("State", "string", ".status.state", "The experiment's state."),
            ("Trials", "integer", ".status.trials.total", "Trials so far."),
            ("Best", "number", ".status.best.score", "The best trial's score so far."),
            ("Metric", "string", ".status.metric", "The metric to optimise."),
            ("Model", "string", ".status.model", "The published model."),
            _AGE,
        ),
        rules=EXPERIMENT_RULES,
        validations=tuple({"rule": rule.cel, "message": rule.message} for rule in transition_rules()),
        spec_is_immutable=False,
    ),
    KindDescription(
        Plan,
        "automlplans",
        "amlplan",
        (
            ("Task", "string", ".spec.task", "The kind of question."),
            ("Metric", "string", ".spec.metric", "The metric to optimise."),
            ("Rows", "integer", ".spec.rows", "Rows with a target."),
            ("Folds", "integer", ".spec.folds", "Folds of a complete trial."),
            _AGE,
        ),
    ),
    KindDescription(
        Trial,
        "automltrials",
        "amltrial",
        (
            ("State", "string", ".status.state", "The trial's state."),
            ("Learner", "string", ".spec.configuration.learner", "Its learner."),
            ("View", "string", ".spec.configuration.view", "Its view of the data."),
            ("Score", "number", ".status.score", "Its mean score over the finished folds."),
            ("Reason", "string", ".status.reason", "The reason why it stopped."),
            _AGE,
        ),
    ),
    KindDescription(
        PublishedModel,
        "automlmodels",
        "amlmodel",
        (
            ("Task", "string", ".spec.task", "The kind of question."),
            ("Metric", "string", ".spec.score.metric", "The metric of the score."),
            ("Score", "number", ".spec.score.value", "Its score on rows that were not used to choose it."),
            ("Test", "number", ".spec.testScore.value", "Its score on the rows of evaluation.test."),
            ("Experiment", "string", ".spec.experiment", "The experiment that it answers."),
            _AGE,
        ),
    ),
)


def definition(kind: KindDescription) -> Schema:
    """The CustomResourceDefinition of a kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "shortNames": [kind.short],
                "categories": ["automl"],
            },
            "versions": [_version(kind)],
        },
    }


def _version(kind: KindDescription) -> Schema:
    version: Schema = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": root_schema(kind)},
        "additionalPrinterColumns": [_column(*column) for column in kind.columns],
    }
    if "status" in kind.model.model_fields:
        version["subresources"] = {"status": {}}
    return version


def _column(name: str, kind: str, path: str, description: str) -> dict[str, str]:
    return {"name": name, "type": kind, "jsonPath": path, "description": description}


def root_schema(kind: KindDescription) -> Schema:
    """The schema of a kind. The API server defines its metadata."""
    schema = object_schema(kind.model, kind.rules)
    properties: dict[str, Any] = schema["properties"]
    properties["apiVersion"] = properties["kind"] = {"type": "string"}
    properties["metadata"] = {"type": "object"}
    properties["status"] = {key: value for key, value in properties.get("status", {}).items() if key != "default"}
    if not properties["status"]:
        del properties["status"]
    schema["description"] = str(kind.model.__doc__)
    if kind.spec_is_immutable:
        message = "spec never changes; delete the object and create another one"
        properties["spec"]["x-kubernetes-validations"] = [{"rule": "self == oldSelf", "message": message}]
    if kind.validations:
        schema["x-kubernetes-validations"] = [*schema.get("x-kubernetes-validations", []), *kind.validations]
    return schema
