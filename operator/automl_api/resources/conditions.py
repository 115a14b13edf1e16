"""Conditions: statements about an object, each with its time and its reason."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from automl_api.base import Model
from automl_api.limits import MAX_MESSAGE, MAX_REASON


class Condition(Model):
    """One statement about an object, in the form of Kubernetes' `metav1.Condition`."""

    type: Annotated[str, Field(max_length=63)]
    """The statement, for example Complete."""
    status: Literal["True", "False", "Unknown"]
    """The state of the statement: True, False or Unknown."""
    reason: Annotated[str, Field(max_length=MAX_REASON)]
    """The reason for this status, in one CamelCase word."""
    message: Annotated[str, Field(max_length=MAX_MESSAGE)] = ""
    """The reason in a sentence, and what to do about it."""
    observed_generation: int = 0
    """The generation of the spec that this statement is about."""
    last_transition_time: AwareDatetime | None = None
    """Time of the last change of the status."""


def with_condition(conditions: tuple[Condition, ...], new: Condition) -> tuple[Condition, ...]:
    """The conditions with `new` set, sorted by type. The transition time is kept where the status did not change."""
    old = next((condition for condition in conditions if condition.type == new.type), None)
    if old is not None and old.status == new.status:
        new = new.replace(last_transition_time=old.last_transition_time)
    others = [condition for condition in conditions if condition.type != new.type]
    return tuple(sorted([*others, new], key=lambda condition: condition.type))
