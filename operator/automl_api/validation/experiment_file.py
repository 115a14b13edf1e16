"""An experiment's YAML file: read strictly, checked by the same rules as on the API server."""

from typing import Any

from pydantic import ValidationError

from automl_api.names import API_VERSION
from automl_api.resources.experiment import Experiment
from automl_api.rules import EXPERIMENT_RULES
from automl_api.schemes import DATA_FORMS
from automl_api.validation.problems import InvalidManifest, Problem
from automl_api.validation.schema_problems import schema_problems
from automl_api.validation.yaml_document import YamlDocument, read_yaml


def load_experiment(text: str, source: str, *, data_uri: str = "", test_uri: str = "") -> Experiment:
    """The experiment in a YAML text; `source` is the file's name for messages. Raises InvalidManifest with every problem.

    A `data_uri` replaces the file's data.uri, and a `test_uri` its evaluation.test.uri; they may be missing then.
    """
    document = read_yaml(text, source)
    if data_uri:
        _set(document.data, ("spec", "data", "uri"), data_uri)
    if test_uri:
        _set(document.data, ("spec", "evaluation", "test", "uri"), test_uri)
    return _checked(document)


def check_experiment(data: dict[str, Any], source: str) -> Experiment:
    """The experiment in plain data, read as strictly as one in a file. Raises InvalidManifest with every problem."""
    return _checked(YamlDocument(source, data, {}, {}))


def _checked(document: YamlDocument) -> Experiment:
    _require_kind(document)
    data = {key: value for key, value in document.data.items() if key != "status"}
    try:
        experiment = Experiment.read_strictly(data)
    except ValidationError as error:
        raise InvalidManifest(schema_problems(document, error.errors(), Experiment, _FORMS)) from error
    broken = [
        Problem(document.source, document.line(tuple(rule.field.split("."))), rule.field, rule.message)
        for rule in EXPERIMENT_RULES
        if not rule.holds(experiment)
    ]
    if broken:
        raise InvalidManifest(broken)
    return experiment


def _set(data: dict[str, Any], place: tuple[str, ...], uri: str) -> None:
    """Set an address. Data of a wrong shape stays as it is; the schema reports it."""
    *parents, last = place
    inner: Any = data
    for parent in parents:
        if parent != "spec" and inner.get(parent) is None:
            inner[parent] = {}
        inner = inner.get(parent)
        if not isinstance(inner, dict):
            return
    inner[last] = uri


def _require_kind(document: YamlDocument) -> None:
    expected = {"apiVersion": API_VERSION, "kind": "AutoMLExperiment"}
    wrong = [
        Problem(document.source, document.line((key,)), key, f'must be "{value}"{_given(document.data.get(key))}')
        for key, value in expected.items()
        if document.data.get(key) != value
    ]
    if wrong:
        raise InvalidManifest(wrong)


def _given(value: object) -> str:
    return "" if value is None else f', not "{value}"'


_FORMS = {
    "uri": f"write {DATA_FORMS}",
    "time": "write a duration such as 90s, 2m or 1h30m",
    "holdout": "write auto, none or a percentage from 1% to 50%",
    "name": "write lower-case letters, digits and dashes",
    "encoding": "write the name of an encoding, for example cp1250 or iso8859-15",
    "include": "write the names of learners, for example [linear, lightgbm]",
    "exclude": "write the names of learners, for example [linear, lightgbm]",
}
