"""The chart as a test sees it without Helm: its files, its values, and templates with their actions blanked out."""

import json
import re
from functools import cache
from typing import Any

import yaml

from builders.source_tree import ROOT

CHART = ROOT / "charts/automl-operator"
_ACTION = re.compile(r"\{\{.*?\}\}", flags=re.DOTALL)
_DEFINITION = r'\{\{- define "%s" -\}\}\n(.*?)\n\{\{- end \}\}\n'


@cache
def values() -> dict[str, Any]:
    """The chart's default values."""
    return dict(yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8")))


@cache
def values_schema() -> dict[str, Any]:
    """The schema of the chart's values."""
    return dict(json.loads((CHART / "values.schema.json").read_text(encoding="utf-8")))


@cache
def template_text() -> str:
    """All templates, one after the other."""
    files = sorted(file for file in (CHART / "templates").rglob("*") if file.is_file())
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def blanked(definition: str) -> Any:
    """A named template's YAML: `filled` replaces each inline action; lines that are only an action are left out."""
    found = re.search(_DEFINITION % re.escape(definition), template_text(), flags=re.DOTALL)
    assert found is not None, f"there is no template named {definition}"
    lines = [line for line in found[1].splitlines() if not _is_action(line)]
    return yaml.safe_load("\n".join(_ACTION.sub("filled", line) for line in lines))


def _is_action(line: str) -> bool:
    return line.strip().startswith("{{") and line.strip().endswith("}}")


def commented_pools() -> dict[str, Any]:
    """The pools that values.yaml shows as comments."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    lines = re.findall(r"^  # ((?:gpu|tpu):|  .*)$", text, flags=re.MULTILINE)
    return dict(yaml.safe_load("\n".join(lines)))
