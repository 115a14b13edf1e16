"""Reads the settings strictly. Every problem names the key, the line and the remedy."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from automl_api.schemes import CLUSTER_STORE_FORMS, S3
from automl_api.validation.problems import InvalidManifest, Problem
from automl_api.validation.schema_problems import schema_problems, spell
from automl_api.validation.yaml_document import Path, YamlDocument, read_yaml
from automl_operator.kube.pool import MAX_POOL_NAME
from automl_operator.kube.quantities import parse_quantity
from automl_operator.kube.settings import OperatorSettings


def load_settings(text: str, source: str) -> OperatorSettings:
    """The settings in a YAML text. `source` names the file in messages. Raises InvalidManifest with all problems."""
    document = read_yaml(text, source, start="start from `broker: {url: https://...}`")
    try:
        settings = OperatorSettings.read_strictly(document.data)
    except ValidationError as error:
        raise InvalidManifest(schema_problems(document, error.errors(), OperatorSettings, _FORMS)) from error
    problems = [_problem(document, path, message) for path, message in _contradictions(settings)]
    if problems:
        raise InvalidManifest(problems)
    return settings


def _problem(document: YamlDocument, path: Path, message: str) -> Problem:
    return Problem(document.source, document.line(path), spell(path), message)


def _contradictions(settings: OperatorSettings) -> Iterator[tuple[Path, str]]:
    for name, pool in settings.pools.items():
        for place, message in pool.problems():
            yield ("pools", name, *place), message
        if not settings.image(name):
            yield ("pools", name, "image"), "is empty, and so is runner.image; name the runner's image in one of them"
    if not settings.store.uri and (settings.store.endpoint or settings.store.region or settings.store.secret_ref):
        yield ("store", "uri"), f"is empty, but other keys of the store are given; write {S3.forms['store']}"
    if parse_quantity(settings.claim.size) < 1:
        yield ("claim", "size"), "is 0; write for example 10Gi"


_QUANTITY: Final = "write a quantity such as 2, 500m or 4Gi"
_DURATION: Final = "write a duration such as 90s, 2m or 1h30m"
_FORMS: Final[Mapping[str, str]] = {
    "url": "write https://HOST:PORT, where runners reach the broker",
    "uri": f"write {CLUSTER_STORE_FORMS}, or leave it empty",
    "size": _QUANTITY,
    "cpu": _QUANTITY,
    "memory": _QUANTITY,
    "ephemeral-storage": _QUANTITY,
    "brokerTimeout": _DURATION,
    "idleTimeout": _DURATION,
    "scaleUpTimeout": _DURATION,
    "[key]": f"a pool's name has lower-case letters, digits and dashes, at most {MAX_POOL_NAME} characters",
}
