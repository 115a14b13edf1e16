"""The order of a decision's actions: a runner that waits does not wait for the books.

What ends a trial may be written after the next work has been handed out: if the program dies in between, the trial is
still Running, its folds are in the store, and they are handed in again without training. What a grant rests on (the
create of its trial, the new holder, the new attempt) stays before it.
"""

from collections.abc import Sequence

from automl_api.resources.trial import FINAL_TRIAL_STATES
from automl_operator.decisions.state.actions import Action, DropResult, Grant, WriteExperimentStatus, WriteTrialStatus


def grants_first(actions: Sequence[Action]) -> tuple[Action, ...]:
    """The actions with the endings of trials, and the results that they cover, moved behind the last grant.

    Where the experiment's status is written before a grant, nothing moves: it counts the trials that have ended.
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
            # Of a trial that has ended its refit is written: what one that has failed leaves is the next one's attempt.
            return status.state in FINAL_TRIAL_STATES and (status.refit is None or status.refit.result is not None)
        case DropResult():
            return True
        case _:
            return False
