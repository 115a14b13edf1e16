"""What is missing for the work to go on: said in a condition while it is missing, and taken back when it is there."""

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.facts.retry import STORE_FULL
from automl_operator.decisions.facts.held_writes import recent
from automl_operator.decisions.facts.learners import left_out
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.facts.store import STORE_READY, halted_since
from automl_operator.decisions.facts.pending_runners import kept_from_starting, on_their_way

LEARNERS_READY = "LearnersReady"
RUNNERS_READY = "RunnersReady"
OBJECTS_READY = "ObjectsReady"
NOT_STORED = "NotStored"
"""The reason where a World has no word for why something cannot be stored."""
MAX_REASON = 128
MAX_MESSAGE = 4096
GOES_ON = "Meanwhile the work goes on with the runners that there are."
Statement = tuple[str, bool, str, str]
"""A condition's type, whether it holds, its reason and its message."""


def learner_statements(situation: Context) -> list[Statement]:
    """Which learners are left out, and why."""
    if missing := left_out(situation):
        words = " ".join(f"{learner} is left out: {why}" for learner, why in missing.items())
        return [(LEARNERS_READY, False, "LeftOut", words[:4096])]
    return _taken_back(situation, LEARNERS_READY, "AllReady", "Every learner of the plan can be trained.")


def runner_statements(situation: Context) -> list[Statement]:
    """Which runners do not start, and why, in the words of the World; one of each pool speaks for it."""
    if state(situation) in FINAL_STATES:
        return _taken_back(situation, RUNNERS_READY, "NoneNeeded", "The experiment has ended.")
    kept = kept_from_starting(situation)
    if kept:
        words = " ".join(f"{pool}: {reason}: {message}" for pool, (reason, message) in sorted(kept.items()))
        if situation.alive:
            words = f"{words.rstrip('. ')}. {GOES_ON}"
        return [(RUNNERS_READY, False, kept[min(kept)][0][:MAX_REASON], words[:MAX_MESSAGE])]
    refusal = situation.snapshot.refusal
    if refusal is not None and not situation.snapshot.pools:
        return [(RUNNERS_READY, False, refusal.reason, refusal.message[:MAX_MESSAGE])]
    if on_their_way(situation):
        return []  # what was said is taken back when one has started
    return _taken_back(situation, RUNNERS_READY, "NoneStuck", "No runner waits for anything but work.")


def object_statements(situation: Context) -> list[Statement]:
    """What cannot be stored, and why, in the words of the World."""
    if state(situation) in FINAL_STATES:
        return _taken_back(situation, OBJECTS_READY, "NoneNeeded", "The experiment has ended.")
    return unwritten(situation) or _taken_back(
        situation, OBJECTS_READY, "AllStored", "All that is to be stored can be."
    )


def unwritten(situation: Context) -> list[Statement]:
    """What could not be written lately; nothing where all could."""
    held = [write for write in recent(situation) if write.what != "runner"]
    if not held:
        return []
    words = " ".join(f"{write.what}: {write.reason or NOT_STORED}: {write.message}" for write in held)
    return [(OBJECTS_READY, False, (held[0].reason or NOT_STORED)[:MAX_REASON], words[:MAX_MESSAGE])]


def store_statements(situation: Context) -> list[Statement]:
    """What is wrong with the store, but that it is full: that is said where it is found out."""
    trouble = situation.snapshot.store_trouble
    if trouble is not None:
        return [(STORE_READY, False, trouble.reason, trouble.message[:4096])]
    if _is_full(situation) and halted_since(situation) is not None:
        return []
    return _taken_back(situation, STORE_READY, "Usable", "The store can be used, as far as is known.")


def _is_full(situation: Context) -> bool:
    return any(c.type == STORE_READY and c.reason == STORE_FULL for c in situation.status.conditions)


def _taken_back(situation: Context, type_: str, reason: str, message: str) -> list[Statement]:
    """Good news is said where there was bad news, and stays said."""
    said = any(condition.type == type_ for condition in situation.status.conditions)
    return [(type_, True, reason, message)] if said else []
