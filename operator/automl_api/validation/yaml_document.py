"""One YAML document as plain data, together with the line of every field.

YAML 1.1's surprises are left out: a date stays text, and a key that appears twice is an error. So are tags
(`!!binary`) and aliases (`*anchor`): JSON has none, and aliases can expand without limit.
"""

from dataclasses import dataclass
from typing import Any, cast

import yaml

from automl_api.validation.problems import InvalidManifest, Problem

Path = tuple[str | int, ...]


MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader without implicit timestamps: the contract is JSON, which has none."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases, tags and deep nesting while reading, before they can expand."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs of PyYAML leave it untyped
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, f"*{event.anchor} refers to another place; write it out")
        if getattr(event, "tag", None):
            raise _refused(event, f"the tag {event.tag} has no meaning here; leave it out")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refused(event, f"more than {MAX_DEPTH} levels")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _refused(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("yaml.Mark", event.start_mark))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class YamlDocument:
    """Plain data, with each field's line and its text as written."""

    source: str
    data: dict[str, Any]
    lines: dict[Path, int]
    texts: dict[Path, str]

    def line(self, path: Path) -> int:
        """The line of a field, or of the nearest field around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1 if self.lines else 0)

    def text(self, path: Path) -> str | None:
        """A value as the user wrote it (`yes`, `007`); None for lists and mappings."""
        return self.texts.get(path)


def read_yaml(text: str, source: str, *, start: str = "start from `kind: AutoMLExperiment`") -> YamlDocument:
    """Read exactly one document that is a mapping; `start` is the hint for other texts. Raises InvalidManifest."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidManifest([Problem(source, 0, "", f"is longer than {MAX_CHARACTERS:,} characters")])
    try:
        return _read(_Loader(text), source, start)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"cannot be read as YAML: {error.problem or error.context}"
        raise InvalidManifest([Problem(source, mark.line + 1 if mark else 0, "", message)]) from error
    except yaml.YAMLError as error:
        raise InvalidManifest([Problem(source, 0, "", f"cannot be read as YAML: {error}")]) from error


def _read(loader: _Loader, source: str, start: str) -> YamlDocument:
    node = loader.get_single_node()
    if not isinstance(node, yaml.MappingNode):
        raise InvalidManifest([Problem(source, 1, "", f"is not a YAML mapping; {start}")])
    document = YamlDocument(source, {}, {}, {})
    _index(node, (), document)
    document.data.update(loader.construct_document(node))
    return document


def _index(node: yaml.Node, path: Path, document: YamlDocument) -> None:
    lines = document.lines
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            field = (*path, str(key.value))
            if field in lines:
                message = f"appears twice, first in line {lines[field]}"
                line = key.start_mark.line + 1
                raise InvalidManifest([Problem(document.source, line, ".".join(map(str, field)), message)])
            lines[field] = key.start_mark.line + 1
            _index(value, field, document)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _index(item, (*path, number), document)
    else:
        document.texts[path] = node.value
