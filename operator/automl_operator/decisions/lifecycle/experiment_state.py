"""The state of an experiment, derived anew from its objects, its runners and the broker's state."""

from collections import Counter
from dataclasses import dataclass

from automl_api import reasons
from automl_api.limits import MAX_MESSAGE, MAX_REASON
from automl_api.resources.experiment_status import FINAL_STATES, State
from automl_api.resources.plan import PLAN_VERSION
from automl_operator.decisions.facts.budget import usable
from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import is_meant_for
from automl_operator.decisions.facts.pending_runners import (
    given_up,
    given_up_message,
    on_their_way,
    refused_pools,
    stuck_runners,
)
from automl_operator.decisions.facts.store import halted_since
from automl_operator.decisions.lifecycle.search_end import in_last_resort, search_end
from automl_operator.decisions.state.broker_state import WriteKind
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.trial_transitions import last_failure

FATAL_TRIALS = 3
FATAL_LEARNERS = 2
FATAL_CRASHES = 3
FATAL_ENDINGS = 10


@dataclass(frozen=True)
class FailureVerdict:
    """The reason of an experiment's failure, one CamelCase word, and a message for people."""

    reason: str
    message: str


@per_context
def state(context: Context) -> State:
    """The experiment's state."""
    stored = context.status.state
    if stored in FINAL_STATES:
        return stored
    if context.snapshot.model is not None:
        return "Complete"
    if failure(context) is not None:
        return "Failed"
    if context.spec.rests or halted_since(context) is not None:
        return "Suspended"
    if context.snapshot.plan is None:
        return "Preparing" if context.status.prepare.attempts else "Pending"
    return "Finalizing" if searched(context) else "Searching"


@per_context
def searched(context: Context) -> bool:
    """True when the search is over and no runner works on a trial."""
    if context.status.state == "Finalizing" or context.status.finalize.attempts:
        return True
    if search_end(context) is None or context.leases_of("fit") or in_last_resort(context):
        return False
    return not context.unfinished


@per_context
def failure(context: Context) -> FailureVerdict | None:
    """The failure of the experiment. None while it has not failed."""
    if (refused := _refused(context)) is not None:
        return refused
    plan = context.snapshot.plan
    if plan is not None and plan.spec.version != PLAN_VERSION:
        message = "Another version of the program prepared the data. Start the experiment again, under another name."
        return FailureVerdict(reasons.OTHER_VERSION, message)
    if context.snapshot.plan is None:
        return _stopped_too_soon(context) or _runners_fail(context) or _no_runner_comes(context)
    return _trials_fail(context) or _nothing_finished(context) or _runners_fail(context)


def _refused(context: Context) -> FailureVerdict | None:
    """The failure where the World refuses the experiment, or something that it needs.

    Where a model can be made of the trials, the experiment waits: somebody may remove the cause.
    """
    if usable(context):
        return None
    refusal = context.snapshot.refusal
    # Once there is a plan, the experiment goes on with the pools that are left.
    if refusal is not None and (context.snapshot.plan is None or not context.snapshot.pools):
        return FailureVerdict(refusal.reason, refusal.message)
    for write in recent(context):
        if write.refused and not _goes_on(context, write.what):
            return FailureVerdict(write.reason[:MAX_REASON] or reasons.REFUSED, write.message[:MAX_MESSAGE])
    return None


def _goes_on(context: Context, what: WriteKind) -> bool:
    """True when work can go on without the object that the World refuses."""
    match what:
        case "runner":
            return bool(context.alive or on_their_way(context)) or _may_start(context)
        case "trial":
            return bool(context.unfinished)
        case "plan" | "model":
            return False
        case _:
            return True


def _may_start(context: Context) -> bool:
    """True when some pool refuses no runner and is not given up."""
    left = [pool for pool in context.snapshot.pools if pool.name not in refused_pools(context)]
    begun = {runner.pool for runner in stuck_runners(context)}
    waited = given_up(context)
    return any(pool.name not in waited and (pool.name in begun or is_meant_for(context, pool, "")) for pool in left)


def _stopped_too_soon(context: Context) -> FailureVerdict | None:
    if not context.spec.stop:
        return None
    return FailureVerdict(
        reasons.NOTHING_FINISHED, "The experiment was stopped before the data was prepared: there is no model."
    )


def _trials_fail(context: Context) -> FailureVerdict | None:
    """The failure where trials of several learners fail and none succeeds: the cause is not a single configuration."""
    if usable(context):
        return None
    failed = [progress for progress in context.trials_progress.values() if progress.state == "Failed"]
    programs = [progress for progress in failed if progress.trial.status.failure_class == "program"]
    if len(programs) >= FATAL_TRIALS and len({progress.learner for progress in programs}) >= FATAL_LEARNERS:
        last = programs[-1].trial.status
        message = f"The first {len(programs)} trials ended in errors, and none succeeded"
        return FailureVerdict(
            reasons.TRIALS_FAILED, f"{message}. The last one: {last.reason}: {last.message}"[:MAX_MESSAGE]
        )
    if len(failed) - len(programs) >= FATAL_TRIALS:
        last = failed[-1].trial.status
        return FailureVerdict(
            reasons.INFRASTRUCTURE_FAILED,
            f"Runners are lost again and again: {last.reason}: {last.message}"[:MAX_MESSAGE],
        )
    return None


def _nothing_finished(context: Context) -> FailureVerdict | None:
    end = search_end(context)
    if not searched(context) or usable(context) or end is None:
        return None
    failures = [failed for trial in context.snapshot.trials if (failed := last_failure(trial.status))]
    last = f" The last failure: {failures[-1]}" if failures else ""
    reason = reasons.SEARCH_FAILED if end.reason == reasons.SEARCH_FAILED else reasons.NOTHING_FINISHED
    return FailureVerdict(reason, f"{end.message} No trial has finished a fold: there is no model.{last}"[:MAX_MESSAGE])


def _no_runner_comes(context: Context) -> FailureVerdict | None:
    """The failure where every pool is given up before there is a plan. Once there are trials, it waits."""
    waited, pools = given_up(context), context.pools
    if not pools or any(name not in waited for name in pools):
        return None
    message = "; ".join(given_up_message(pool, waited[name]) for name, pool in pools.items())
    return FailureVerdict(
        next(iter(waited.values())).problem or reasons.NOT_STARTED, f"{message[:1].upper()}{message[1:]}."[:MAX_MESSAGE]
    )


def _runners_fail(context: Context) -> FailureVerdict | None:
    """The failure where runners fail without having done any work; `reap_runners` keeps only those.

    One runner that the cluster refuses is enough, unless others work or may start, or a model can be made.
    """
    endings = [runner.ending for runner in context.snapshot.runners if runner.ending is not None]
    refused = next((ending for ending in endings if ending.reason == reasons.POD_REFUSED), None)
    if refused is not None and not _goes_on(context, "runner") and not usable(context):
        return FailureVerdict(refused.reason, refused.message[:MAX_MESSAGE])
    failed = [ending for ending in endings if ending.failure_class is not None and ending.reason != reasons.POD_REFUSED]
    classes = Counter(ending.failure_class for ending in failed)
    if classes["program"] < FATAL_CRASHES and len(failed) < FATAL_ENDINGS:
        return None
    return FailureVerdict(
        reasons.RUNNERS_FAILED, f"{len(failed)} runners have failed. The last one: {failed[-1].message}"[:MAX_MESSAGE]
    )
