"""Suspended: nobody works, and what is finished is stored."""

from automl_operator.decisions.policies.fit_results import drop_all
from automl_operator.decisions.state.actions import Action, DropLease, DropSuggestions, StopRunner, WriteTrialStatus
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import TrialProgress, reported_folds
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.lifecycle.whole_work import KINDS, is_handed_in, work_status


def suspend(situation: Context) -> list[Action]:
    """Store what is finished, forget the leases, stop the runners."""
    if state(situation) != "Suspended":
        return []
    actions: list[Action] = []
    for standing in situation.unfinished:
        actions += _paused(standing)
    actions += _let_go(situation.after(actions))
    actions += [DropLease(lease.id) for lease in situation.desk.leases]
    if situation.desk.suggestions:
        actions.append(DropSuggestions())
    return actions + [StopRunner(runner.name, "the experiment is suspended") for runner in situation.snapshot.runners]


def _paused(standing: TrialProgress) -> list[Action]:
    if standing.trial.status.state == "Paused" and not standing.handed:
        return []
    finished = [fold for lease in standing.leases for fold in reported_folds(lease)]
    status = with_folds(standing, finished).replace(state="Paused")
    if len(status.folds) == standing.total:
        status = status.replace(state="Succeeded")
    return [WriteTrialStatus(standing.trial.metadata.name, status), *drop_all(standing)]


def _let_go(situation: Context) -> list[Action]:
    """Nobody holds prepare or finalize any more, so that both may be leased at once when the work goes on.

    Whoever has handed in what cannot be stored yet keeps it: it counts only from its holder.
    """
    held = {kind: work_status(situation, kind) for kind in KINDS}
    changes = {
        kind: work.replace(holder="")
        for kind, work in held.items()
        if work.holder and not is_handed_in(situation, kind)
    }
    return [write_with(situation, changes)] if changes else []
