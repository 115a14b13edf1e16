"""The table of work that children can do. The runner passes the real work; tests and benchmarks pass their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildOutcome

Report: TypeAlias = Callable[[FoldResult], None]
Handler: TypeAlias = Callable[[Assignment, Report], ChildOutcome]


@dataclass(frozen=True)
class Program:
    """A handler for each kind of work, and the modules to import before a child is forked for a need, in order."""

    handlers: Mapping[str, Handler]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_modules(self) -> tuple[str, ...]:
        """Every module once, in the order of the needs."""
        return tuple(dict.fromkeys(name for names in self.modules.values() for name in names))

    def modules_for(self, need: str) -> tuple[str, ...]:
        """The modules of a need; all modules for an unknown need."""
        return self.modules.get(need, self.all_modules())


def need_of(assignment: Assignment) -> str:
    """The need of an assignment: a key of `Program.modules`, such as `prepare` or `fit linear`."""
    trained = assignment.fit or assignment.refit
    return f"fit {trained.configuration.learner}" if trained else assignment.kind
