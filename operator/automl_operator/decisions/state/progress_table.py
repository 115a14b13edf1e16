"""The progress of every trial. In a long search few trials are being worked on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.progress_cache import ProgressCache, Spent
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import WorkId, parse_work_id

if TYPE_CHECKING:
    from automl_operator.decisions.state.snapshot import Lease, PendingResult


@dataclass(frozen=True)
class ProgressTable:
    """The progress of every trial, by index, and what all trials have spent."""

    all: Mapping[int, TrialProgress]
    at_work: tuple[TrialProgress, ...]
    """The trials with leases or with results that are not stored yet, by index."""
    spent: Spent


def progress_table(cache: ProgressCache, broker: BrokerState, work_ids: Mapping[str, WorkId]) -> ProgressTable:
    """The progress of the cache's trials, with the leases and results that the broker holds."""
    leases: dict[int, list[Lease]] = defaultdict(list)
    for lease in broker.leases:
        work_id = work_ids.get(lease.id)
        if work_id is not None and work_id.kind == "fit":
            leases[work_id.trial].append(lease)
    results: dict[int, list[PendingResult]] = defaultdict(list)
    for pending in broker.pending_results:
        work_id = parse_work_id(pending.result.id)
        if work_id is not None and work_id.kind == "fit":
            results[work_id.trial].append(pending)
    indices = sorted(cache.progress.keys() & {*leases, *results})
    stored = [cache.progress[index] for index in indices]
    at_work = tuple(
        TrialProgress(before.trial, before.plan, tuple(leases[index]), tuple(results[index]))
        for index, before in zip(indices, stored, strict=True)
    )
    spent = cache.spent.copy()
    for before, working in zip(stored, at_work, strict=True):
        spent.remove(before)
        spent.add(working)
    return ProgressTable({**cache.progress, **dict(zip(indices, at_work, strict=True))}, at_work, spent)
