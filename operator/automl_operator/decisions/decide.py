"""The chain of policies. Each policy sees the context that the earlier ones leave; together they make one decision."""

from collections.abc import Callable

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.action_order import grants_first
from automl_operator.decisions.facts.held_writes import without_held_ends
from automl_operator.decisions.facts.plan_check import without_unsound_plan
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.status import write_status, write_unwritten
from automl_operator.decisions.policies.assign import assign
from automl_operator.decisions.policies.clean_up import clean_up
from automl_operator.decisions.policies.close_trials import close_trials
from automl_operator.decisions.policies.early_stopping import stop_hopeless_trials
from automl_operator.decisions.policies.end_search import end_search
from automl_operator.decisions.policies.fit_results import record_fit_results
from automl_operator.decisions.policies.lost_leases import account_lost_leases
from automl_operator.decisions.policies.probe_trial_creation import probe_trial_creation
from automl_operator.decisions.policies.reap_runners import reap_runners
from automl_operator.decisions.policies.refit_results import record_refit_results
from automl_operator.decisions.policies.refuse_results import refuse_results
from automl_operator.decisions.policies.request_suggestions import request_suggestions
from automl_operator.decisions.policies.scale_runners import scale_runners
from automl_operator.decisions.policies.suspend import suspend_work
from automl_operator.decisions.policies.unrunnable import end_unrunnable
from automl_operator.decisions.policies.whole_results import record_whole_results
from automl_operator.decisions.requeue import requeue_after
from automl_operator.decisions.state.actions import Action, Decision
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Snapshot

Policy = Callable[[Context], list[Action]]

CHAIN: tuple[Policy, ...] = (
    refuse_results,
    account_lost_leases,
    reap_runners,
    record_whole_results,
    record_fit_results,
    record_refit_results,
    stop_hopeless_trials,
    end_unrunnable,
    suspend_work,
    end_search,
    assign,
    probe_trial_creation,
    request_suggestions,
    scale_runners,
    close_trials,
    write_status,
    clean_up,
)
AT_THE_END: tuple[Policy, ...] = (write_status, clean_up)


def decide(snapshot: Snapshot, broker: BrokerState, now: float) -> Decision:
    """The actions for an experiment, in order. Once all of them are applied, the same call returns no action."""
    snapshot, broker = without_unsound_plan(snapshot, broker)
    context = Context(snapshot, broker, now)
    ended = context.status.state in FINAL_STATES
    cache = ProgressCache() if ended else context.progress_cache
    actions: list[Action] = []
    for policy in AT_THE_END if ended else CHAIN:
        more = without_held_ends(context, policy(context))
        actions += more
        context = context.after(more)
    return Decision(grants_first(actions), requeue_after(context), cache)


def report(snapshot: Snapshot, broker: BrokerState, now: float) -> tuple[Action, ...]:
    """The actions that only write the status, for when a decision cannot be applied. They never end the experiment."""
    context = Context(*without_unsound_plan(snapshot, broker), now)
    return tuple(write_status(context) if state(context) not in FINAL_STATES else write_unwritten(context))
