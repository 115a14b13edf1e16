"""All reasons by the place where they appear."""

from collections.abc import Iterator

from automl_api.reasons.attempts import ATTEMPT
from automl_api.reasons.conditions import COMPLETE, FAILED, PREPARED, SEARCHED, TESTED
from automl_api.reasons.explanation import Explanation, Place
from automl_api.reasons.readiness import LEARNERS_READY, OBJECTS_READY, RUNNERS_READY, STORE_READY
from automl_api.reasons.trials import EVENT, TRIAL
from automl_api.resources.trial import FailureClass

PLACES: tuple[Place, ...] = (
    COMPLETE,
    PREPARED,
    SEARCHED,
    TESTED,
    LEARNERS_READY,
    STORE_READY,
    RUNNERS_READY,
    OBJECTS_READY,
    FAILED,
    TRIAL,
    ATTEMPT,
    EVENT,
)


def explanations_of(reason: str) -> Iterator[tuple[Place, Explanation]]:
    """Each place where a reason can appear, with its explanation there."""
    for place in PLACES:
        for explanation in place.explanations:
            if reason in explanation.reasons:
                yield place, explanation


def all_reasons() -> frozenset[str]:
    """Every reason of the vocabulary."""
    return frozenset(reason for place in PLACES for entry in place.explanations for reason in entry.reasons)


def failure_class_of(reason: str) -> FailureClass | None:
    """The class of an attempt that fails for a reason; None where no attempt does."""
    return next((entry.failure_class for _, entry in explanations_of(reason) if entry.failure_class), None)
