"""One YAML document as plain data, together with the line of every field.

YAML 1.1's surprises are left out: a date stays text, and a key that stands twice is an error.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from automl_api.validation.problems import InvalidManifest, Problem

Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader without implicit timestamps: the contract is JSON, which has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class YamlDocument:
    """Plain data, and where each field stands."""

    source: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a field, or of the nearest field around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str, source: str) -> YamlDocument:
    """Read exactly one document that is a mapping. Raises InvalidManifest."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise InvalidManifest([Problem(source, 1, "", "is no YAML mapping; start from `kind: AutoMLExperiment`")])
        lines: dict[Path, int] = {}
        _index(node, (), lines, source)
        return YamlDocument(source, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"cannot be read as YAML: {error.problem or error.context}"
        raise InvalidManifest([Problem(source, mark.line + 1 if mark else 0, "", message)]) from error
    except yaml.YAMLError as error:
        raise InvalidManifest([Problem(source, 0, "", f"cannot be read as YAML: {error}")]) from error


def _index(node: yaml.Node, path: Path, lines: dict[Path, int], source: str) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            field = (*path, str(key.value))
            if field in lines:
                message = f"stands twice, first in line {lines[field]}"
                raise InvalidManifest([Problem(source, key.start_mark.line + 1, ".".join(map(str, field)), message)])
            lines[field] = key.start_mark.line + 1
            _index(value, field, lines, source)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _index(item, (*path, number), lines, source)
