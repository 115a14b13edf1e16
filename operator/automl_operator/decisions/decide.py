"""The chain of policies. Each sees the situation as those before it leave it; together they are one decision."""

from collections.abc import Callable

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.policies.fit_results import absorb_fits
from automl_operator.decisions.state.actions import Action, Decision
from automl_operator.decisions.requeue import again_in
from automl_operator.decisions.policies.end_search import conclude
from automl_operator.decisions.policies.scale_runners import harvest, staff
from automl_operator.decisions.state.broker_state import Desk
from automl_operator.decisions.policies.assign import grant
from automl_operator.decisions.facts.held_writes import without_held_ends
from automl_operator.decisions.policies.early_stopping import judge
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.policies.lost_leases import account_losses
from automl_operator.decisions.action_order import grants_first
from automl_operator.decisions.policies.suspend import pause
from automl_operator.decisions.facts.plan_check import without_unsound_plan
from automl_operator.decisions.policies.probe_trial_creation import reclaim
from automl_operator.decisions.lifecycle.refits import absorb_refits
from automl_operator.decisions.policies.refuse_results import refuse
from automl_operator.decisions.policies.clean_up import close_trials, retire
from automl_operator.decisions.state.context import Situation
from automl_operator.decisions.state.snapshot import Snapshot
from automl_operator.decisions.lifecycle.status import write_status, write_unwritten
from automl_operator.decisions.policies.unrunnable import end_stranded
from automl_operator.decisions.policies.request_suggestions import suggest
from automl_operator.decisions.lifecycle.whole_work import absorb_work

Policy = Callable[[Situation], list[Action]]

CHAIN: tuple[Policy, ...] = (
    refuse,
    account_losses,
    harvest,
    absorb_work,
    absorb_fits,
    absorb_refits,
    judge,
    end_stranded,
    pause,
    conclude,
    grant,
    reclaim,
    suggest,
    staff,
    close_trials,
    write_status,
    retire,
)
AT_THE_END: tuple[Policy, ...] = (write_status, retire)


def decide(snapshot: Snapshot, desk: Desk, now: float) -> Decision:
    """What is to be done for an experiment, in order. Once all of it is done, the same question has an empty answer."""
    snapshot, desk = without_unsound_plan(snapshot, desk)
    situation = Situation(snapshot, desk, now)
    actions: list[Action] = []
    for policy in AT_THE_END if situation.status.state in FINAL_STATES else CHAIN:
        more = without_held_ends(situation, policy(situation))
        actions += more
        situation = situation.after(more)
    return Decision(grants_first(actions), again_in(situation))


def report(snapshot: Snapshot, desk: Desk, now: float) -> tuple[Action, ...]:
    """The status alone, of what is stored: said where the rest of a decision cannot be done. It ends nothing."""
    situation = Situation(*without_unsound_plan(snapshot, desk), now)
    return tuple(write_status(situation) if state(situation) not in FINAL_STATES else write_unwritten(situation))
