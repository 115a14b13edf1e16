"""Whether two specs ask the same question. After the start only budget limits, parallelism, suspend and stop may change."""

from collections.abc import Iterator
from typing import Any

from automl_api.resources import ExperimentSpec

MUTABLE = frozenset({"budget", "parallelism", "suspend", "stop"})


def differences(stored: ExperimentSpec, asked: ExperimentSpec) -> tuple[str, ...]:
    """What differs of that which may not, in words: `target was "churn" and is now "age"`."""
    return tuple(_differences(stored.to_dict(), asked.to_dict(), ""))


def with_changes(stored: ExperimentSpec, asked: ExperimentSpec) -> ExperimentSpec:
    """The stored spec with the parts that may change as they are asked for now."""
    return stored.replace(budget=asked.budget, parallelism=asked.parallelism, suspend=asked.suspend, stop=asked.stop)


def _differences(stored: Any, asked: Any, path: str) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(asked, dict):
        for name in sorted(stored.keys() | asked.keys()):
            field = f"{path}.{name}" if path else name
            if field not in MUTABLE:
                yield from _differences(stored.get(name), asked.get(name), field)
    elif stored != asked:
        yield f"{path} was {_words(stored)} and is now {_words(asked)}"


def _words(value: Any) -> str:
    if value is None or value == []:
        return "not given"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f'"{value}"' if isinstance(value, str) else str(value)
