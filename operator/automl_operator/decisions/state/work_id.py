"""The ids of assignments. An id names its piece of work, so that an adopted lease is recognized after a restart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from automl_api.protocol import WorkKind

_FIT = re.compile(r"^fit-(\d{1,9})-(\d{1,2}(?:_\d{1,2})*)-(\d{1,9})-\d{1,20}$")
_REFIT = re.compile(r"^refit-(\d{1,9})-(\d{1,9})-\d{1,20}$")
_WHOLE = re.compile(r"^(prepare|finalize)-(\d{1,9})$")


WholeWork = Literal["prepare", "finalize"]
"""The work that belongs to the experiment, and not to a trial."""


@dataclass(frozen=True)
class WorkId:
    """A piece of work: the `trial` (index) of a fit or refit, the `folds` of a fit, and the number of the attempt."""

    kind: WorkKind
    attempt: int
    trial: int = -1
    folds: tuple[int, ...] = ()


def fit_id(trial: int, folds: Iterable[int], attempt: int, now: float) -> str:
    """The id of a fit. It contains the time, because a cancelled fit is leased again as the same attempt."""
    return f"fit-{trial}-{'_'.join(str(fold) for fold in folds)}-{attempt}-{int(now * 1000)}"


def refit_id(trial: int, attempt: int, now: float) -> str:
    """The id of a refit. It contains the time, because a refit may be leased again as the same attempt."""
    return f"refit-{trial}-{attempt}-{int(now * 1000)}"


def whole_work_id(kind: WholeWork, attempt: int) -> str:
    """The id of an assignment that prepares or finalizes. Every lease of it is another attempt."""
    return f"{kind}-{attempt}"


def parse_work_id(assignment: str) -> WorkId | None:
    """The piece of work that an id stands for. None for a foreign id."""
    if found := _FIT.match(assignment):
        folds = tuple(int(fold) for fold in found[2].split("_"))
        return WorkId("fit", int(found[3]), int(found[1]), folds)
    if found := _REFIT.match(assignment):
        return WorkId("refit", int(found[2]), int(found[1]))
    if found := _WHOLE.match(assignment):
        return WorkId("prepare" if found[1] == "prepare" else "finalize", int(found[2]))
    return None
