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
    return _checked(read_yaml(text, source))


def check_experiment(data: dict[str, Any], source: str) -> Experiment:
    """The experiment in plain data, read as strictly as one in a file. Raises InvalidManifest with every problem."""
    return _checked(YamlDocument(source, data, {}, {}))


def _checked(document: YamlDocument) -> Experiment:
    _require_kind(document)
    data = {key: value for key, value in document.data.items() if key != "status"}
    try:
        experiment = Experiment.read_strictly(data)
    except ValidationError as error:
        raise InvalidManifest(_schema_problems(document, error.errors())) from error
    broken = [
        Problem(document.source, document.line(tuple(rule.field.split("."))), rule.field, rule.message)
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
        message = _message(error, path, document.text(path))
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


def _message(error: ErrorDetails, path: Path, written: str | None) -> str:
    kind, bounds = error["type"], error.get("ctx", {})
    given = f'is "{written if written is not None else error.get("input")}"; '
    form = _FORMS.get(next((part for part in reversed(path) if isinstance(part, str)), ""))
    match kind:
        case "extra_forbidden":
            return f"unknown key{did_you_mean(str(path[-1]), _known_keys(path[:-1]))}"
        case "missing":
            return "is missing"
        case "string_type" | "string_pattern_mismatch" | "string_too_short" | "string_too_long" if form:
            return given + form
        case "string_type" if written is not None:
            return f'must be text; put it in quotes: "{written}"'
        case "literal_error":
            expected = str(bounds.get("expected", ""))
            known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
            return f"{given}must be {expected}{did_you_mean(str(written), known)}"
        case "string_pattern_mismatch":
            return f"{given}has the wrong form"
        case _ if kind in _TYPES:
            return given + f"must be {_TYPES[kind]}"
        case _ if kind in _BOUNDS:
            said, bound = _BOUNDS[kind]
            return (given if kind.endswith("equal") else "") + f"must be {said}".format(bounds[bound])
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _either(first: str, second: str) -> str:
    """Two messages about one field in one: what stands before `must be` is said once."""
    return f"{first}, or {second.partition('must be ')[2] or second}"


_TYPES = {
    "string_type": "text",
    "int_type": "a whole number without quotes",
    "float_type": "a number without quotes",
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list: [one, two]",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
}

_BOUNDS = {
    "greater_than_equal": ("at least {}", "ge"),
    "less_than_equal": ("at most {}", "le"),
    "string_too_short": ("at least {} letter long", "min_length"),
    "string_too_long": ("at most {} letters long", "max_length"),
    "too_long": ("a list of at most {}", "max_length"),
}

_FORMS = {
    "uri": "write s3://bucket/path, pvc://claim/path, example:NAME or, on one machine, file:/path",
    "time": "write a duration such as 90s, 2m or 1h30m",
    "holdout": "write auto, none or a percentage from 1% to 50%",
    "name": "write lower-case letters, digits and dashes",
    "include": "write the names of learners, for example [linear, lightgbm]",
    "exclude": "write the names of learners, for example [linear, lightgbm]",
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
