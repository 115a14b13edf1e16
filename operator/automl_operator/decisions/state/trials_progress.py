"""How far every trial has come. Most of a long search's trials are at rest; few are being worked on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_api.resources import PlanSpec, Trial
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.progress_cache import Spent
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import WorkId, parse_work_id

if TYPE_CHECKING:
    from automl_operator.decisions.state.snapshot import Lease, PendingResult


@dataclass(frozen=True)
class TrialsProgress:
    """The standing of every trial by its index, those that somebody works or worked on, and what all have spent."""

    all: dict[int, TrialProgress]
    at_work: tuple[TrialProgress, ...]
    """With leases, or with results that are not stored yet; by index."""
    spent: Spent


def trials_progress(
    trials: tuple[Trial, ...], broker: BrokerState, work_ids: Mapping[str, WorkId], plan: PlanSpec
) -> TrialsProgress:
    """The standings; of trials at rest those that are known, while they still hold."""
    leases: dict[int, list[Lease]] = defaultdict(list)
    for lease in broker.leases:
        work_id = work_ids.get(lease.id)
        if work_id is not None and work_id.kind == "fit":
            leases[work_id.trial].append(lease)
    pending: dict[int, list[PendingResult]] = defaultdict(list)
    for result in broker.pending_results:
        work_id = parse_work_id(result.result.id)
        if work_id is not None and work_id.kind == "fit":
            pending[work_id.trial].append(result)
    broker.known.renew(trials, plan)
    found, spent = dict(broker.known.trials_progress), broker.known.spent.copy()
    indices = sorted(found.keys() & {*leases, *pending})
    at_work = tuple(TrialProgress(found[i].trial, plan, tuple(leases[i]), tuple(pending[i])) for i in indices)
    for progress in at_work:
        index = progress.trial.spec.index
        spent.remove(found[index])
        spent.add(progress)
        found[index] = progress
    return TrialsProgress(found, at_work, spent)
