"""What is missing for the work to go on: said in a condition while it is missing, and taken back when it is there."""

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.failures import STORE_FULL
from automl_operator.decisions.learners import left_out
from automl_operator.decisions.lifecycle import state
from automl_operator.decisions.situation import Situation
from automl_operator.decisions.store import STORE_READY, halted_since
from automl_operator.decisions.waiting import kept_from_starting

LEARNERS_READY = "LearnersReady"
RUNNERS_READY = "RunnersReady"
GOES_ON = "Meanwhile the work goes on with the runners that there are."
Statement = tuple[str, bool, str, str]
"""A condition's type, whether it holds, its reason and its message."""


def learner_statements(situation: Situation) -> list[Statement]:
    """Which learners are left out, and why."""
    if missing := left_out(situation):
        words = " ".join(f"{learner} is left out: {why}" for learner, why in missing.items())
        return [(LEARNERS_READY, False, "LeftOut", words[:4096])]
    return _taken_back(situation, LEARNERS_READY, "AllReady", "Every learner of the plan can be trained.")


def runner_statements(situation: Situation) -> list[Statement]:
    """Which runners do not start, and why, in the words of the World; one of each pool speaks for it."""
    if state(situation) in FINAL_STATES:
        return _taken_back(situation, RUNNERS_READY, "NoneNeeded", "The experiment has ended.")
    kept = kept_from_starting(situation)
    if kept:
        words = " ".join(f"{pool}: {reason}: {message}" for pool, (reason, message) in sorted(kept.items()))
        if situation.alive:
            words = f"{words.rstrip('. ')}. {GOES_ON}"
        return [(RUNNERS_READY, False, kept[min(kept)][0], words[:4096])]
    return _taken_back(situation, RUNNERS_READY, "NoneStuck", "No runner waits for anything but work.")


def store_statements(situation: Situation) -> list[Statement]:
    """What is wrong with the store, but that it is full: that is said where it is found out."""
    trouble = situation.snapshot.store_trouble
    if trouble is not None:
        return [(STORE_READY, False, trouble.reason, trouble.message[:4096])]
    if _is_full(situation) and halted_since(situation) is not None:
        return []
    return _taken_back(situation, STORE_READY, "Usable", "The store can be used, as far as is known.")


def _is_full(situation: Situation) -> bool:
    return any(c.type == STORE_READY and c.reason == STORE_FULL for c in situation.status.conditions)


def _taken_back(situation: Situation, type_: str, reason: str, message: str) -> list[Statement]:
    """Good news is said where there was bad news, and stays said."""
    said = any(condition.type == type_ for condition in situation.status.conditions)
    return [(type_, True, reason, message)] if said else []
