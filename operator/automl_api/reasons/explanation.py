"""The explanations of reasons, by the place where they appear."""

from dataclasses import dataclass

from automl_api.resources.trial import FailureClass


@dataclass(frozen=True)
class Explanation:
    """The meaning of one reason, or of several similar ones, in one place, and the remedy for an admin or a user."""

    reasons: tuple[str, ...]
    meaning: str
    remedy: str
    """One plain sentence."""
    failure_class: FailureClass | None = None
    """The class of attempts that fail for this reason; None where none does."""
    foreign: bool = False
    """True when the reasons are Kubernetes' own, which we pass on."""
    others: str = ""
    """Other reasons of Kubernetes that mean the same, as the end of a list."""


@dataclass(frozen=True)
class Place:
    """A condition type, or `Trial`, `Attempt` or `Event`: all reasons that can appear there."""

    name: str
    explanations: tuple[Explanation, ...]
