"""An experiment's YAML file: read strictly, checked by the same rules as on the API server."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from automl_api.names import API_VERSION
from automl_api.resources.experiment import Experiment
from automl_api.rules import EXPERIMENT_RULES
from automl_api.validation.problems import InvalidManifest, Problem, did_you_mean
from automl_api.validation.yaml_document import Path, YamlDocument, read_yaml


def load_experiment(text: str, source: str) -> Experiment:
    """The experiment in a YAML text; `source` is the file's name for messages. Raises InvalidManifest with every problem."""
    document = read_yaml(text, source)
    _require_kind(document)
    data = {key: value for key, value in document.data.items() if key != "status"}
    try:
        experiment = Experiment.read_strictly(data)
    except ValidationError as error:
        raise InvalidManifest(_schema_problems(document, error.errors())) from error
    broken = [
        Problem(source, document.line(tuple(rule.field.split("."))), rule.field, rule.message)
        for rule in EXPERIMENT_RULES
        if not rule.holds(experiment)
    ]
    if broken:
        raise InvalidManifest(broken)
    return experiment


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


def _schema_problems(document: YamlDocument, errors: Sequence[ErrorDetails]) -> list[Problem]:
    """One problem a field: a field that may be one of several types yields one error for each of them."""
    found: dict[str, Problem] = {}
    for error in errors:
        path = _written_path(document.data, error)
        field = _spell(path)
        message = _message(error, path)
        if field in found and message not in found[field].message:
            message = _either(found[field].message, message)
        found[field] = Problem(document.source, document.line(path), field, message)
    return list(found.values())


def _written_path(data: Any, error: ErrorDetails) -> Path:
    """The error's place as the user wrote it, without what pydantic adds for the members of a union."""
    if error["type"] in ("missing", "extra_forbidden"):
        return tuple(error["loc"])
    path: list[str | int] = []
    for part in error["loc"]:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
        path.append(part)
    return tuple(path)


def _spell(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _message(error: ErrorDetails, path: Path) -> str:
    value = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            text = f"unknown key{did_you_mean(str(path[-1]), _known_keys(path[:-1]))}"
        case "missing":
            text = "is missing"
        case "string_type" if isinstance(value, bool | int | float):
            text = f"must be text; put it in quotes: {_quoted(value)}"
        case "literal_error":
            expected = str(error.get("ctx", {}).get("expected", ""))
            known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
            text = f"is {_quoted(value)}; must be {expected}{did_you_mean(str(value), known)}"
        case "string_pattern_mismatch":
            text = f"is {_quoted(value)}; {_FORMS.get(path[-1], 'has the wrong form')}"
        case kind if kind in _TYPES:
            text = f"is {_quoted(value)}; must be {_TYPES[kind]}"
        case _:
            text = error["msg"][0].lower() + error["msg"][1:]
    return text


def _either(first: str, second: str) -> str:
    """Two messages about one field in one: what stands before `must be` is said once."""
    return f"{first}, or {second.partition('must be ')[2] or second}"


def _quoted(value: object) -> str:
    return f'"{str(value).lower() if isinstance(value, bool) else value}"'


_TYPES = {
    "int_type": "a whole number without quotes",
    "float_type": "a number without quotes",
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list: [one, two]",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
}


_FORMS: dict[str | int, str] = {
    "uri": "write s3://bucket/path, pvc://claim/path, example:NAME or, on one machine, file:/path",
    "time": "write a duration such as 90s, 2m or 1h30m",
    "holdout": "write auto, none or a percentage from 1% to 50%",
    "name": "write lower-case letters, digits and dashes",
}


def _known_keys(path: Path) -> tuple[str, ...]:
    """The keys that the contract knows at a place."""
    model: type[BaseModel] | None = Experiment
    for part in path:
        if model is None or isinstance(part, int):
            continue
        field = next((field for field in model.model_fields.values() if field.alias == part), None)
        model = _model_in(field.annotation) if field else None
    return tuple(str(field.alias) for field in model.model_fields.values()) if model else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
