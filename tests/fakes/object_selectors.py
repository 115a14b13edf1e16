"""Label and field selectors, as far as an Api's tests use them."""

import re
from collections.abc import Mapping
from typing import Any

_TERM = re.compile(
    r"\s*(?P<not>!?)(?P<key>[^\s=!(),]+)\s*(?:(?P<op>==|=|!=|in|notin)\s*(?P<value>\([^)]*\)|[^,]*))?\s*(?:,|$)"
)


def matches(item: Mapping[str, Any], labels: str, fields: str) -> bool:
    """True if an object is selected."""
    own = item.get("metadata", {}).get("labels") or {}
    return all(_holds(term, own.get(term["key"])) for term in _TERM.finditer(labels)) and all(
        _holds(term, str(_at(item, term["key"]))) for term in _TERM.finditer(fields)
    )


def _holds(term: re.Match[str], value: str | None) -> bool:
    operator, wanted = term["op"], (term["value"] or "").strip()
    if operator is None:
        return (value is None) == bool(term["not"])
    choices = [choice.strip() for choice in wanted.strip("()").split(",")]
    return (value in choices) != (operator in {"!=", "notin"})


def _at(item: Any, path: str) -> Any:
    for part in path.split("."):
        item = item.get(part, "") if isinstance(item, Mapping) else ""
    return item
