"""Turn pydantic's errors about a document into problems that name the field and what to write there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from automl_api.did_you_mean import closest
from automl_api.validation.problems import Problem
from automl_api.validation.yaml_document import Path, YamlDocument


@dataclass(frozen=True)
class _Messages:
    root: type[BaseModel]
    forms: Mapping[str, str]


def schema_problems(
    document: YamlDocument, errors: Sequence[ErrorDetails], root: type[BaseModel], forms: Mapping[str, str]
) -> list[Problem]:
    """The problems of reading `root` from a document; `forms` says, by key, how to write its text.

    Each field has one problem: the errors for the members of a union are joined.
    """
    found: dict[str, Problem] = {}
    for error in errors:
        path = _written_path(document.data, error)
        field = spell(path)
        message = _message(error, path, document.text(path), _Messages(root, forms))
        if field in found and message not in found[field].message:
            message = _either(found[field].message, message)
        found[field] = Problem(document.source, document.line(path), field, message)
    return list(found.values())


def _written_path(data: Any, error: ErrorDetails) -> Path:
    """The error's path in the user's document, without pydantic's additions for the members of a union."""
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


def spell(path: Path) -> str:
    """A path as people write it: `pools.cpu.tolerations[0].key`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _message(error: ErrorDetails, path: Path, written: str | None, messages: _Messages) -> str:
    kind, bounds = error["type"], error.get("ctx", {})
    given = f'is "{written if written is not None else error.get("input")}"; '
    form = messages.forms.get(_subject(error, path)) if "columns" not in path else None  # column names are free
    match kind:
        case "extra_forbidden":
            return f"unknown key{_hint(str(path[-1]), _known_keys(messages.root, path[:-1]))}"
        case "missing":
            return "is missing"
        case "string_type" | "string_pattern_mismatch" | "string_too_short" | "string_too_long" if form:
            return given + form
        case "string_type" if written is not None:
            return f'must be text; put it in quotes: "{written}"'
        case "literal_error" if f"{_subject(error, path)}: {error['input']}" in messages.forms:
            return given + messages.forms[f"{_subject(error, path)}: {error['input']}"]
        case "literal_error":
            expected = str(bounds.get("expected", ""))
            known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
            return f"{given}must be {expected}{_hint(str(written), known)}"
        case "string_pattern_mismatch":
            return f"{given}has the wrong form"
        case _ if kind in _TYPES:
            return given + f"must be {_TYPES[kind]}"
        case _ if kind in _BOUNDS:
            limit, bound = _BOUNDS[kind]
            return (given if kind.endswith("equal") else "") + f"must be {limit}".format(bounds[bound])
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _hint(word: str, known: Iterable[str]) -> str:
    name = closest(word, known)
    return f'; did you mean "{name}"?' if name else ""


def _subject(error: ErrorDetails, path: Path) -> str:
    """The key whose text is wrong; `[key]` where a mapping's key is wrong itself."""
    if error["loc"][-1:] == ("[key]",):
        return "[key]"
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _either(first: str, second: str) -> str:
    """Join two messages about one field; the text before `must be` is kept once."""
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
    "too_short": ("a mapping or list of at least {}", "min_length"),
}


def _known_keys(root: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The known keys at a path. The keys of a mapping (the names of pools) are free."""
    model, chosen = root, False
    for part in path:
        if isinstance(part, int) or chosen:
            chosen = False
            continue
        field = next((field for field in model.model_fields.values() if field.alias == part), None)
        inner = _model_in(field.annotation) if field else None
        if field is None or inner is None:
            return ()
        model, chosen = inner, get_origin(field.annotation) is dict
    return tuple(str(field.alias) for field in model.model_fields.values())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
