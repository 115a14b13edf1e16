"""The chain of policies. Each sees the situation as those before it leave it; together they are one decision."""

from collections.abc import Callable

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.absorb import absorb_fits
from automl_operator.decisions.actions import Action, Decision
from automl_operator.decisions.alarm import again_in
from automl_operator.decisions.conclude import conclude
from automl_operator.decisions.demand import harvest, staff
from automl_operator.decisions.desk import Desk
from automl_operator.decisions.grants import grant
from automl_operator.decisions.held import without_held_ends
from automl_operator.decisions.judge import judge
from automl_operator.decisions.lifecycle import state
from automl_operator.decisions.losses import account_losses
from automl_operator.decisions.order import grants_first
from automl_operator.decisions.pause import pause
from automl_operator.decisions.plan_check import without_unsound_plan
from automl_operator.decisions.reclaim import reclaim
from automl_operator.decisions.refits import absorb_refits
from automl_operator.decisions.refuse import refuse
from automl_operator.decisions.retire import close_trials, retire
from automl_operator.decisions.situation import Situation
from automl_operator.decisions.snapshot import Snapshot
from automl_operator.decisions.status import write_status, write_unwritten
from automl_operator.decisions.stranded import end_stranded
from automl_operator.decisions.suggestions import suggest
from automl_operator.decisions.work import absorb_work

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
