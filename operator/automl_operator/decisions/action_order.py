"""The order of a decision's actions: a waiting runner gets its work before finished trials are written.

The end of a trial may be written after the next grant. If the program dies in between, the trial is still Running and
its folds are in the store: a runner reports them again without training. Writes that a grant depends on (of its trial,
the new holder and the new attempt) stay before the grant.
"""

from collections.abc import Sequence

from automl_api.resources.trial import FINAL_TRIAL_STATES
from automl_operator.decisions.state.actions import Action, DropResult, Grant, WriteExperimentStatus, WriteTrialStatus


def grants_first(actions: Sequence[Action]) -> tuple[Action, ...]:
    """The actions, with trials' ends and the drops of their results moved behind the last grant.

    Nothing moves where the experiment's status is written before a grant, because that status counts the ended trials.
    """
    last = max((place for place, action in enumerate(actions) if isinstance(action, Grant)), default=-1)
    before, after = actions[: last + 1], actions[last + 1 :]
    if any(isinstance(action, WriteExperimentStatus) for action in before):
        return tuple(actions)
    endings = [action for action in before if _ends(action)]
    return (*(action for action in before if not _ends(action)), *endings, *after)


def _ends(action: Action) -> bool:
    match action:
        case WriteTrialStatus(_, status):
            # A failed refit of an ended trial ends nothing: the next attempt at it depends on this write.
            return status.state in FINAL_TRIAL_STATES and (status.refit is None or status.refit.result is not None)
        case DropResult():
            return True
        case _:
            return False
