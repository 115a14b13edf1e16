"""The check of a plan: it comes from a runner, is stored for good, and everything later depends on it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from automl_api import reasons
from automl_api.metrics import METRICS
from automl_api.resources import ExperimentSpec, PlanSpec
from automl_api.resources.experiment_status import FINAL_STATES
from automl_api.resources.plan import MAX_PLAN_BYTES
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.progress_cache import PlanFault
from automl_operator.decisions.state.snapshot import ExperimentRefusal, Snapshot
from automl_operator.search.soundness import fault_of

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
MAX_SECONDS: Final = 1e9
"""The upper bound of predicted times, some decades, which keeps their sums finite."""
MAX_COUNT: Final = 2**53


def plan_fault(plan: PlanSpec, spec: ExperimentSpec) -> str:
    """The fault of a plan for an experiment, as a sentence; empty where it is sound."""
    return next(_faults(plan, spec), "")


def without_unsound_plan(snapshot: Snapshot, broker: BrokerState) -> tuple[Snapshot, BrokerState]:
    """Treat a stored plan that breaks the bounds as missing, and refuse its experiment: no other code may read it."""
    plan, experiment = snapshot.plan, snapshot.experiment
    if plan is None or experiment.status.state in FINAL_STATES:
        return snapshot, broker
    found = _fault(broker.progress_cache.plan_fault, plan.spec, experiment.spec)
    broker = replace(broker, progress_cache=replace(broker.progress_cache, plan_fault=found))
    if not found.fault:
        return snapshot, broker
    message = (
        f"The plan {plan.metadata.name} cannot be used: {found.fault} Apply the experiment again, under another name."
    )
    return replace(snapshot, plan=None, refusal=ExperimentRefusal(reasons.PLAN_REFUSED, message)), replace(
        broker, pending_results=()
    )


def _fault(known: PlanFault | None, plan: PlanSpec, spec: ExperimentSpec) -> PlanFault:
    """The cached finding for this same plan and spec, else a new one."""
    if known is not None and known.plan is plan and known.spec is spec:
        return known
    return PlanFault(plan, spec, plan_fault(plan, spec))


def _faults(plan: PlanSpec, spec: ExperimentSpec) -> Iterator[str]:
    metric = METRICS.get(plan.metric)
    if metric is None or plan.task not in metric.tasks:
        yield f"The metric {plan.metric!r:.80} is not a metric of {plan.task}."
    for field, requested, found in (("task", spec.task, plan.task), ("metric", spec.objective.metric, plan.metric)):
        if requested not in ("auto", found):
            yield f"The {field} is {found!r:.80}, and {requested} was asked for."
    if len(plan.to_json().encode()) > MAX_PLAN_BYTES:
        yield f"It is larger than {MAX_PLAN_BYTES} bytes."
    if not is_below(plan.prepared.path) or not DIGEST.fullmatch(plan.prepared.digest):
        yield "The prepared data has no path below the store, or no digest."
    names = [learner.name for learner in plan.learners]
    if len(set(names)) < len(names):
        yield "A learner is named twice."
    if not all(0 <= count <= MAX_COUNT for count in _counts(plan)):
        yield "A count is below 0, or beyond what is possible."
    if not all(0 <= seconds <= MAX_SECONDS for seconds in _seconds(plan)):
        yield "A time is below 0, or beyond what is possible."
    yield from filter(None, map(fault_of, plan.learners))


def _counts(plan: PlanSpec) -> Iterator[int]:
    yield from (plan.rows, plan.columns, plan.holdout_rows, *plan.target.counts)
    yield from (learner.needs.memory_bytes for learner in plan.learners)


def _seconds(plan: PlanSpec) -> Iterator[float]:
    yield plan.finalize_seconds
    for learner in plan.learners:
        yield from (learner.seconds_per_fold, *learner.view_seconds.values())


def is_below(path: str) -> bool:
    """True when the path lies below a store's root."""
    return bool(path) and not path.startswith("/") and not {"", ".", ".."} & {*path.split("/")}
