"""What children can do, as a table: the product passes the real work, a test or benchmark its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import Outcome

Report: TypeAlias = Callable[[FoldResult], None]
Handler: TypeAlias = Callable[[Assignment, Report], Outcome]


@dataclass(frozen=True)
class Program:
    """A handler for each kind of work, and the modules to import before a child of that kind is forked, in order."""

    handlers: Mapping[str, Handler]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_modules(self) -> tuple[str, ...]:
        """Every module once, those of the first kind first."""
        return tuple(dict.fromkeys(name for names in self.modules.values() for name in names))
