"""The findings of a benchmark: claims with their targets and the figures of all runs, tables, and notes."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Claim:
    """A figure that was measured several times. A target is an upper limit (`at_most`) or a lower one (`at_least`)."""

    claim: str
    unit: str
    runs: Sequence[float]
    target: str = ""
    """The target as text; empty where the figure has none."""
    at_most: float | None = None
    at_least: float | None = None
    judged_by: Literal["median", "worst"] = "median"
    """The runs that must keep the target: the median run, or every run."""

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    @property
    def holds(self) -> bool | None:
        """True when the target is kept; None where there is none."""
        if self.at_most is not None:
            return (max(self.runs) if self.judged_by == "worst" else self.median) <= self.at_most
        if self.at_least is not None:
            return (min(self.runs) if self.judged_by == "worst" else self.median) >= self.at_least
        return None


@dataclass(frozen=True)
class Table:
    """Rows of cells that are printed unchanged."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Found:
    """The findings of one benchmark. `raw` is any JSON value, kept so that the figures can be checked."""

    claims: Sequence[Claim] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    raw: Any = field(default_factory=dict)


def number(value: float) -> str:
    """The number with three significant digits; from 1,000 on with all digits before the decimal point."""
    size = abs(value)
    if value == 0 or size >= 1000:
        return f"{value:,.0f}"
    digits = 2 - max(-3, min(2, len(str(int(size))) - 1 if size >= 1 else -1))
    return f"{value:.{digits}f}"
